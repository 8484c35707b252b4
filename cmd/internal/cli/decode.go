package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/oops"
)

// codeLimit is more than any Code: line; what stands behind it is not read.
const codeLimit = 1 << 20

// decodeFlags are what decode is told beside the code.
type decodeFlags struct {
	kernelFlags
	arch, rip string
	regs      []string
}

func (a *app) decodeCommand() *cobra.Command {
	var f decodeFlags
	cmd := &cobra.Command{
		Use:   `decode ["Code: ..."]`,
		Short: "Disassemble the bytes of a Code: line and explain the fault",
		Long: `decode disassembles the bytes of a Code: line, the byte in <> being the fault,
and says what the instruction there did. Bytes without a mark are weighed in
every way they can be read. Without arguments it reads standard input. With the
place of the fault and the kernel's files it tells the line and the field.`,
		Example: `  nfoops decode "Code: 85 db 74 6f <80> 78 54 07 0f 84" --arch i386 --reg eax=0`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decode(cmd, args, &f)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.arch, "arch", "", "the `ARCH`itecture: "+strings.Join(archs, ", "))
	flags.StringArrayVar(&f.regs, "reg", nil, "what a register holds, `NAME=VALUE` in hexadecimal (repeatable)")
	flags.StringVar(&f.rip, "rip", "", "where the fault was: `ADDR or FN+OFF/LEN [MODULE]`")
	f.register(cmd)
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(archs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// faultPlace reads --rip; "" is nil.
func faultPlace(rip string) (*oops.Location, error) {
	switch {
	case rip == "":
		return nil, nil
	case addressForm.MatchString(rip) || !strings.Contains(rip, "+"):
		v, err := address("--rip", rip)
		return &oops.Location{Address: v, HasAddress: true}, err
	}
	q, ok := nameQuery(rip)
	if !ok {
		return nil, fmt.Errorf("--rip is an address or name+0xoffset/0xsize [module], not %q", rip)
	}
	return &oops.Location{Symbol: q.Name, Offset: q.Offset, HasOffset: true, Size: q.Size, Module: q.Module,
		BuildID: q.BuildID}, nil
}

func (a *app) decode(cmd *cobra.Command, args []string, f *decodeFlags) error {
	if err := checkArch(f.arch); err != nil {
		return err
	}
	registers := map[string]uint64{}
	for _, r := range f.regs {
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
	at, err := faultPlace(f.rip)
	if err != nil {
		return err
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
	src, err := a.kernel(cmd.Context(), &f.kernelFlags)
	if err != nil {
		return err
	}
	defer func() { _ = src.Kernel.Close() }()
	base, err := a.base()
	if err != nil {
		return err
	}
	src.KB, src.Arch = base, f.arch
	tool := a.tool(base)
	out, err := a.openOutputs(render.Options{Tool: tool, CodeOnly: true})
	if err != nil {
		return err
	}
	r := triage.Decode(cmd.Context(), text, registers, at, src)
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
