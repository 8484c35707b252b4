package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// codeLimit is more than any Code: line; what stands behind it is not read.
const codeLimit = 1 << 20

func (a *app) decodeCommand() *cobra.Command {
	var arch, rip string
	var regs []string
	cmd := &cobra.Command{
		Use:   `decode ["Code: ..."]`,
		Short: "Disassemble the bytes of a Code: line and explain the fault",
		Long: `decode disassembles the bytes of a Code: line, the byte in <> being the fault,
and says what the instruction there did. Bytes without a mark are weighed in
every way they can be read. Without arguments it reads standard input.`,
		Example: `  nfoops decode "Code: 85 db 74 6f <80> 78 54 07 0f 84" --arch i386 --reg eax=0`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decode(cmd, args, arch, rip, regs)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&arch, "arch", "", "the `ARCH`itecture: "+strings.Join(archs, ", "))
	flags.StringArrayVar(&regs, "reg", nil, "what a register holds, `NAME=VALUE` in hexadecimal (repeatable)")
	flags.StringVar(&rip, "rip", "", "the `ADDR`ess of the fault")
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(archs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) decode(cmd *cobra.Command, args []string, arch, rip string, regs []string) error {
	if err := checkArch(arch); err != nil {
		return err
	}
	registers := map[string]uint64{}
	for _, r := range regs {
		name, value, ok := strings.Cut(r, "=")
		if !ok || name == "" {
			return fmt.Errorf("--reg is NAME=VALUE, not %q", r)
		}
		v, err := address("--reg "+name, value)
		if err != nil {
			return err
		}
		registers[strings.TrimPrefix(strings.ToLower(name), "%")] = v
	}
	var ip *uint64
	if rip != "" {
		v, err := address("--rip", rip)
		if err != nil {
			return err
		}
		ip = &v
	}
	text := strings.Join(args, " ")
	if len(args) == 0 || text == "-" {
		if isTerminal(a.in) {
			return withHint(fmt.Errorf("no bytes to decode"), `give them as an argument: %s`, strings.TrimSpace(cmd.Example))
		}
		data, err := io.ReadAll(io.LimitReader(a.in, codeLimit))
		if err != nil {
			return pathError("-", err)
		}
		text = string(data)
	}
	base, err := a.base()
	if err != nil {
		return err
	}
	tool := a.tool(base)
	out, err := a.openOutputs(render.Options{Tool: tool, CodeOnly: true})
	if err != nil {
		return err
	}
	r := triage.Decode(text, arch, registers, ip, base)
	found := r.Code != nil && strings.TrimSpace(r.Code.Bytes) != ""
	if found {
		err = out.report(r, "-")
	}
	doc := &triage.Document{Schema: triage.Schema, Tool: tool}
	if closeErr := out.close(doc); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return err
	case !found:
		a.say("no code bytes found")
		return status(exitNone)
	}
	return nil
}
