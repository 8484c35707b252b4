package symbols_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/symbols"
)

const systemMap = `ffffffff81000000 T startup_64
ffffffff81000000 T _text
ffffffff81900000 T nf_hook_slow
ffffffff81900110 T nf_iterate
ffffffff81902000 T _etext
ffffffff83000000 B _end
`

// A log of a kernel with KASLR printed one frame with its address. The map is moved to where that kernel was, and then
// names an address that the log printed bare.
func ExampleTable_Fit() {
	table, err := symbols.Load("System.map", strings.NewReader(systemMap))
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := table.Fit([]symbols.Pair{
		{Addr: 0xffffffff9b900044, Name: "nf_hook_slow", Offset: 0x44, Size: 0x110, Line: 7},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	place, reason := fit.Find(0xffffffff9b900120)
	fmt.Printf("%s+%#x %q\n", place.Symbol.Name, place.Offset, reason)
	fmt.Printf("moved by %#x, verified: %v\n", fit.Slide, fit.Verified)
	// Output:
	// nf_iterate+0x10 ""
	// moved by 0x1a000000, verified: true
}

// A map of another build is refused, and the error says what contradicts it.
func ExampleMismatchError() {
	table, err := symbols.Load("System.map", strings.NewReader(systemMap))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = table.Fit([]symbols.Pair{
		{Addr: 0xffffffff81900044, Name: "nf_hook_slow", Offset: 0x44, Size: 0x110, Line: 7},
		{Addr: 0xffffffff81900190, Name: "nf_iterate", Offset: 0x10, Size: 0x1ef0, Line: 8},
	}, nil)
	var mismatch *symbols.MismatchError
	if errors.As(err, &mismatch) {
		for part := range strings.SplitSeq(mismatch.Error(), ", ") {
			fmt.Println(part)
		}
	}
	// Output:
	// System.map is not of this kernel: line 8 of the log puts nf_iterate at 0xffffffff81900180
	// the map at 0xffffffff81900110 (1 of 2 symbols agree)
}

// A frame of a call trace, by the module's file alone.
func ExampleKernel_Resolve() {
	kernel, err := symbols.OpenKernel(context.Background(), symbols.Sources{
		Modules: []string{"../testdata/kernels/connlimit-2.6.11/ipt_connlimit.o"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kernel.Close()
	// EIP is at count_them+0xa5/0x1c0 [ipt_connlimit]
	answers, reason, err := kernel.Resolve(context.Background(), symbols.Query{
		Name: "count_them", Offset: 0xa5, Size: 0x1c0, Module: "ipt_connlimit",
	})
	if err != nil || reason != "" {
		fmt.Println(reason, err)
		return
	}
	for _, a := range answers {
		for _, l := range a.Lines {
			fmt.Printf("%s at %s:%d\n", l.Function, l.File, l.Line)
		}
	}
	// Output: count_them at ipt_connlimit.c:227
}

// What lies at an offset of a struct.
func ExampleType_FieldPaths() {
	m, err := symbols.OpenImage("../testdata/kernels/connlimit-2.6.11/ipt_connlimit.o")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	conntrack, reason := m.Struct("ip_conntrack", 0)
	if reason != "" {
		fmt.Println(reason)
		return
	}
	for _, p := range conntrack.FieldPaths(0x54, 1) {
		if p.Offset == 0 && p.Type.Size == 1 {
			fmt.Println(p.Path)
		}
	}
	// Output: proto.tcp.state
}
