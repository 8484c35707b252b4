package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

// codeLimit is more than any Code: line; what stands behind it is not read.
const codeLimit = 1 << 20

// decodeFlags are what may be known beside the bytes.
type decodeFlags struct {
	kernelFlags
	arch   string
	bits   int
	pc     string
	fault  string
	regs   []string
	images []string
}

func (a *app) decodeCommand() *cobra.Command {
	var f decodeFlags
	cmd := &cobra.Command{
		Use:   `decode ["Code: ..."]`,
		Short: "Disassemble the bytes of a Code: line and explain the fault",
		Long: `decode disassembles the bytes of a Code: line, the byte in <> being the fault,
and says what the instruction there did. Bytes without a mark are weighed in
every way they can be read. Without arguments it reads standard input.

With an image (vmlinux, .ko or .o) the code is looked for by its bytes, whatever
the running kernel patched in them, and gets its function, its line and the fields
that it means. With --pc the image has to have the code at that place, or where
KASLR may have moved it from; one that has not is refused.`,
		Example: `  nfoops decode "Code: 85 db 74 6f <80> 78 54 07 0f 84" --arch i386 --reg eax=0
  nfoops decode "Code: ..." --image nf_conntrack.ko --image vmlinux`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return a.decode(cmd, args, &f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.arch, "arch", "", "the `ARCH`itecture: "+strings.Join(archs, ", "))
	flags.IntVar(&f.bits, "bits", 0, "`16` for i386 code of a 16-bit segment (BIOS calls, vm86)")
	flags.StringArrayVar(&f.regs, "reg", nil, "what a register holds, `NAME=VALUE` in hexadecimal (repeatable)")
	flags.StringVar(&f.pc, "pc", "", "the `PLACE` of the fault, or of the first byte: ADDR, or FN+OFF/LEN [MODULE]")
	flags.StringVar(&f.fault, "fault-address", "", "the `ADDR`ess that could not be used: CR2, FAR, BADVADDR, DAR")
	flags.StringArrayVar(&f.images, "image", nil, "look for the code in a vmlinux, .ko or .o, `FILE` (repeatable)")
	f.register(cmd)
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "rip" || name == "eip" {
			name = "pc"
		}
		return pflag.NormalizedName(name)
	})
	_ = cmd.MarkFlagFilename("image")
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(archs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// fragment reads the flags that say what is known of the code.
func (f *decodeFlags) fragment() (triage.Fragment, error) {
	out := triage.Fragment{Registers: map[string]uint64{}}
	if err := checkArch(f.arch); err != nil {
		return out, err
	}
	if f.bits != 0 && (f.bits != 16 || f.arch != "i386") {
		return out, errors.New("--bits is 16, together with --arch i386")
	}
	for _, r := range f.regs {
		name, value, ok := strings.Cut(r, "=")
		if !ok || name == "" {
			return out, fmt.Errorf("--reg is NAME=VALUE, not %q", r)
		}
		v, err := address("--reg "+name, value)
		if err != nil {
			return out, err
		}
		out.Registers[strings.TrimPrefix(strings.ToLower(name), "%")] = v
	}
	if f.fault != "" {
		v, err := address("--fault-address", f.fault)
		if err != nil {
			return out, err
		}
		out.FaultAddress = &v
	}
	var err error
	out.At, err = faultPlace(f.pc)
	return out, err
}

// faultPlace reads --pc; "" is nil.
func faultPlace(pc string) (*oops.Location, error) {
	switch {
	case pc == "":
		return nil, nil
	case addressForm.MatchString(pc) || !strings.Contains(pc, "+"):
		v, err := address("--pc", pc)
		return &oops.Location{Address: v, HasAddress: true}, err
	}
	q, ok := nameQuery(pc)
	if !ok {
		return nil, fmt.Errorf("--pc is an address or name+0xoffset/0xsize [module], not %q", pc)
	}
	return &oops.Location{Symbol: q.Name, Offset: q.Offset, HasOffset: true, Size: q.Size, Module: q.Module,
		BuildID: q.BuildID}, nil
}

// sortImages tells the kernel's image from modules.
func (f *decodeFlags) sortImages() error {
	for _, path := range f.images {
		m, err := symbols.OpenImage(path)
		if err != nil {
			return err
		}
		switch {
		case m.Module() != "":
			f.modules = append(f.modules, path)
		case f.vmlinux != "":
			err = fmt.Errorf("%s and %s are both images of a kernel", f.vmlinux, path)
		default:
			f.vmlinux = path
		}
		if err = errors.Join(err, m.Close()); err != nil {
			return err
		}
	}
	return nil
}

// code is the text with the bytes: the arguments, or standard input.
func (a *app) code(cmd *cobra.Command, args []string) (string, error) {
	text := strings.Join(args, " ")
	if len(args) > 0 && text != "-" {
		return text, nil
	}
	if isTerminal(a.in) {
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		return "", withHint(fmt.Errorf("no bytes to decode"), `give them as an argument: %s`, example)
	}
	data, err := io.ReadAll(io.LimitReader(a.in, codeLimit))
	if err != nil {
		return "", pathError("-", err)
	}
	return string(data), nil
}

// decodeSources opens what the flags name.
func (a *app) decodeSources(ctx context.Context, f *decodeFlags) (triage.Sources, error) {
	if err := f.sortImages(); err != nil {
		return triage.Sources{}, err
	}
	base, err := a.base()
	if err != nil {
		return triage.Sources{}, err
	}
	src, err := a.kernel(ctx, &f.kernelFlags)
	src.Arch, src.Bits, src.KB = f.arch, f.bits, base
	return src, err
}

func (a *app) decode(cmd *cobra.Command, args []string, f *decodeFlags) error {
	fragment, err := f.fragment()
	if err != nil {
		return err
	}
	if fragment.Text, err = a.code(cmd, args); err != nil {
		return err
	}
	src, err := a.decodeSources(cmd.Context(), f)
	if err != nil {
		return err
	}
	defer func() { _ = src.Kernel.Close() }()
	tool := a.tool(src.KB)
	out, err := a.openOutputs(render.Options{Tool: tool, CodeOnly: true})
	if err != nil {
		return err
	}
	r := triage.Decode(cmd.Context(), fragment, src)
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
		a.say("hint: bytes are pairs of hexadecimal digits, the faulting one in brackets: 85 db <80> 78 54 07")
		return status(exitNone)
	}
	return nil
}
