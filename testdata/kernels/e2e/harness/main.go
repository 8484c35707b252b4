// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

// Command harness boots kernels that crash, catches what they say over netconsole, and holds both
// the capture and the analyzer to what objdump knows about the crashed module.
//
//	harness list    [GROUP|CASE...]               the cases, one a line
//	harness run     -work DIR GROUP|CASE...       boot, capture, check; into DIR/runs/CASE
//	                -listen -nfoops BIN           with nfoops listen as a receiver, and its inbox checked
//	harness publish -work DIR -to DIR [GROUP...]  trim the captures and write them as test logs
//	harness symbols -work DIR -to DIR [GROUP...]  add source lines to the truth of the test logs
//	harness verify  -nfoops BIN -from DIR [...]   what the analyzer makes of captured cases
//	harness capture -out FILE [ADDR]              only receive: one line per datagram
//
// The Makefile beside this folder prepares the work folder (kernels, modules, initramfs).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

const usage = "usage: harness list|run|publish|verify|symbols|capture [flags] [GROUP|CASE...]"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: error:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	var (
		flags     = flag.NewFlagSet(args[0], flag.ExitOnError)
		work      = flags.String("work", ".cache/e2e", "work folder with kernels and modules")
		to        = flags.String("to", "", "folder that gets the test logs")
		from      = flags.String("from", "", "folder with captured cases")
		nfoops    = flags.String("nfoops", "bin/nfoops", "the analyzer")
		listening = flags.Bool("listen", false, "run: the guest speaks to nfoops listen, too, and its inbox is checked")
		out       = flags.String("out", "", "file that gets the datagrams")
		timeout   = flags.Duration("timeout", 300*time.Second, "limit for one guest")
		retries   = flags.Int("retries", 1, "how often a guest that ran into the limit is started again")
	)
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "capture" {
		return captureOnly(ctx, *out, flags.Arg(0))
	}
	cases, err := selectCases(flags.Args())
	if err != nil {
		return err
	}
	switch args[0] {
	case "list":
		for _, c := range cases {
			fmt.Printf("%-28s %-12s %s\n", c.Name, c.Flavour, c.What)
		}
		return nil
	case "run":
		receiver := ""
		if *listening {
			receiver = *nfoops
		}
		return runAll(ctx, *work, receiver, cases, *timeout, *retries)
	case "publish":
		return publish(ctx, *work, *to, cases)
	case "symbols":
		return addSymbols(ctx, *work, *to, cases)
	case "verify":
		if *from == "" {
			*from = filepath.Join(*work, "runs")
		}
		return verify(ctx, *nfoops, *from, cases)
	}
	return errors.New(usage)
}
