package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/listen"
	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/oops/netconsole"
)

// listenFlags are what listen may be told.
type listenFlags struct {
	analyzeFlags
	inbox   string
	dir     string
	pcap    string
	allow   []string
	exec    string
	webhook string
	syslog  bool
	metrics string
	workers int
	quiet   time.Duration
}

const (
	defaultAddress = ":6666"
	none           = "none" // value of --inbox and --dir
)

func (a *app) listenCommand() *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{
		Use:   "listen [ADDR]",
		Short: "Receive netconsole, keep what hosts say, and report their crashes",
		Long: `listen receives what kernels send by netconsole, basic and extended, on the UDP
address ADDR ([HOST]:PORT, default ` + defaultAddress + `). What each host says is kept in
a file of its own, and each crash is analysed when it is over, kept in the
inbox, and printed: a line, or all of it with -v or a --format.

Anybody who can send to the address can fill files and the inbox: --allow names
the networks that are heard. SIGHUP opens the files of hosts anew. SIGTERM ends
the run when everything that has come is analysed and kept.

--exec starts a program for each crash, without a shell: its words are separated
by blanks, it gets the crash as JSON on standard input, and has half a minute.
--webhook posts the same JSON. docs/listen.md has a unit for systemd.`,
		Example: `  nfoops listen
  nfoops listen 192.0.2.1:6666 --allow 192.0.2.0/24 --metrics 127.0.0.1:9666
  nfoops listen --pcap crash.pcap -f markdown`,
		Annotations: map[string]string{"exit": listenExitHelp},
		Args:        cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address := defaultAddress
			if len(args) > 0 {
				address = args[0]
			}
			return a.listen(cmd, address, &f)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	inboxFlag(cmd, &f.inbox, ", or none")
	flags.StringVar(&f.dir, "dir", "", "keep what hosts say in `DIR`, or none (default: hosts, beside the inbox)")
	flags.StringVar(&f.pcap, "pcap", "", "read a capture (pcap, pcapng), `FILE`, instead of listening; the inbox is used"+
		" if it is named")
	flags.StringSliceVar(&f.allow, "allow", nil, "hear only senders of these networks, `CIDR` or address (repeatable)")
	flags.StringVar(&f.exec, "exec", "", "start `CMD` for each crash")
	flags.StringVar(&f.webhook, "webhook", "", "post each crash to `URL`")
	flags.BoolVar(&f.syslog, "syslog", false, "write a line for each crash to the system log")
	flags.StringVar(&f.metrics, "metrics", "", "serve /metrics (Prometheus) and /healthz on `ADDR`")
	flags.IntVar(&f.workers, "workers", 0, "share the work between `N` sockets (default: one for each CPU, up to 4)")
	flags.DurationVar(&f.quiet, "silence", 3*time.Second, "a crash without an end mark is over when its host is silent"+
		" for `TIME`")
	f.register(cmd)
	_ = cmd.MarkFlagDirname("dir")
	_ = cmd.MarkFlagFilename("pcap", "pcap", "pcapng")
	return cmd
}

const listenExitHelp = `Exit status:
  0    ended by a signal, and all is kept; with --pcap: at least one crash
  1    with --pcap: no crash in the capture
  2    bad usage, an address that can't be listened on, a crash that could not be
       kept
  130  with --pcap: interrupted`

func (a *app) listen(cmd *cobra.Command, address string, f *listenFlags) error {
	ctx := cmd.Context()
	c, port, err := a.listenConfig(address, f)
	if err != nil {
		return err
	}
	if f.pcap == "" || f.inbox != "" && f.inbox != none {
		if err := a.listenPlaces(ctx, &c, f); err != nil {
			return err
		}
	}
	if c.Inbox != nil {
		defer func() { _ = c.Inbox.Close() }()
	}
	src, err := a.sources(ctx, &f.analyzeFlags)
	if err != nil {
		return err
	}
	defer func() { _ = src.Kernel.Close() }()
	c.Sources = src
	session := triage.NewSession(src, version())
	out, err := a.openOutputs(render.Options{Tool: session.Document(nil).Tool, Brief: a.format == "" && a.verbose == 0})
	if err != nil {
		return err
	}
	c.Report = out.report
	waitForMe(ctx)
	var seen listen.Outcome
	if f.pcap != "" {
		seen, err = a.replay(ctx, c, f.pcap, port)
	} else {
		hangUp := make(chan os.Signal, 1)
		signal.Notify(hangUp, syscall.SIGHUP)
		defer signal.Stop(hangUp)
		reopen := make(chan struct{})
		c.Reopen = reopen
		go func() {
			for {
				select {
				case <-hangUp:
					reopen <- struct{}{}
				case <-ctx.Done():
					return
				}
			}
		}()
		seen, err = listen.Run(ctx, c)
	}
	if closeErr := out.close(session.Document(nil)); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return listenHint(err, address)
	case f.pcap != "" && seen.Crashes == 0:
		a.say("no crash found in %s", f.pcap)
		return status(exitNone)
	}
	return nil
}

func listenHint(err error, address string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return withHint(err, "something listens there already; ss -ulpn shows what, and nfoops listen takes another port")
	case errors.Is(err, syscall.EACCES):
		return withHint(err, "ports below 1024 need root, or the capability CAP_NET_BIND_SERVICE; netconsole's usual is 6666")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return withHint(err, "%s is no address of this machine; %s is all of them", address, defaultAddress)
	}
	return err
}

// listenConfig checks what can be checked before anything is opened.
func (a *app) listenConfig(address string, f *listenFlags) (c listen.Config, port uint16, err error) {
	if port, err = listen.Port(address); err != nil {
		return c, 0, withHint(err, "nfoops listen :6666, or 192.0.2.1:6666, or [2001:db8::1]:6666")
	}
	c = listen.Config{
		Address: address, Workers: f.workers, Version: version(), Webhook: f.webhook, Syslog: f.syslog, Metrics: f.metrics,
		Patience: netconsole.Patience{Quiet: f.quiet}, Say: a.say, Encode: a.encodeReport,
		Ready: func(listening, metrics string) {
			a.say("listening on %s", listening)
			if metrics != "" {
				a.say("metrics on http://%s/metrics", metrics)
			}
		},
	}
	for _, text := range f.allow {
		prefix, err := listen.Network(text)
		if err != nil {
			return c, 0, fmt.Errorf("--allow: %w", err)
		}
		c.Allow = append(c.Allow, prefix)
	}
	switch {
	case f.quiet < 100*time.Millisecond || f.quiet > time.Hour:
		return c, 0, fmt.Errorf("--silence is from 100ms to 1h, not %s", f.quiet)
	case f.workers < 0 || f.workers > 64:
		return c, 0, fmt.Errorf("--workers is from 1 to 64, not %d", f.workers)
	}
	if c.Exec = strings.Fields(f.exec); len(c.Exec) > 0 {
		if c.Exec[0], err = exec.LookPath(c.Exec[0]); err != nil {
			return c, 0, fmt.Errorf("--exec: %w", err)
		}
	}
	if f.webhook != "" {
		if err := listen.CheckWebhook(f.webhook); err != nil {
			return c, 0, fmt.Errorf("--webhook: %w", err)
		}
	}
	return c, port, nil
}

// listenPlaces opens the inbox and finds the folder of the hosts' files.
func (a *app) listenPlaces(ctx context.Context, c *listen.Config, f *listenFlags) error {
	if f.inbox != none {
		box, _, err := openInbox(ctx, f.inbox)
		if err != nil {
			return err
		}
		if err := store.Writable(box); err != nil {
			_ = box.Close()
			return withHint(err, "this user may only read it; --inbox names another, or none")
		}
		c.Inbox = box
	}
	switch f.dir {
	case none:
	case "":
		if f.pcap != "" {
			return nil // the capture has it all
		}
		place, err := store.DefaultPath(os.Getenv)
		if err != nil {
			return withHint(err, "--inbox and --dir name other places, or none")
		}
		c.Dir = filepath.Join(filepath.Dir(place), "hosts")
	default:
		c.Dir = f.dir
	}
	return nil
}

// encodeReport is a report as -f jsonl prints it.
func (a *app) encodeReport(r *triage.Report) ([]byte, error) {
	var b bytes.Buffer
	format, _ := render.For("jsonl")
	renderer := format(&b, render.Options{})
	if a.redact {
		renderer = render.Redact(renderer)
	}
	err := renderer.Report(r, "")
	return bytes.TrimSpace(b.Bytes()), err
}

func (a *app) replay(ctx context.Context, c listen.Config, path string, port uint16) (listen.Outcome, error) {
	in, closeFile := a.in, func() error { return nil }
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return listen.Outcome{}, pathError(path, err)
		}
		in, closeFile = f, f.Close
	}
	defer func() { _ = closeFile() }()
	seen, err := listen.Replay(ctx, c, in, port)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return seen, err
}
