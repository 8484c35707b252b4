package symbols_test

import (
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
