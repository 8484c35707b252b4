package disasm_test

import (
	"fmt"

	"github.com/nfoops/nfoops/disasm"
)

// A fault on a NULL pointer in an i386 kernel.
func Example() {
	code := disasm.ParseCode("Code: c0 74 0a 8b 5d 08 85 db 89 d8 <0f> b6 43 17 89 d9 8d 04 40")
	listing := disasm.Disassemble(disasm.Request{Arch: disasm.I386, Code: code})
	for _, in := range listing.Insts {
		if in.Reliable {
			fmt.Printf("%3d  %s\n", in.Offset, in.Text)
		}
	}
	cr2 := uint64(0x17)
	fmt.Println(disasm.Explain(listing, map[string]uint64{"EBX": 0}, &cr2).Why)
	// Output:
	//  -9  je .+0xc
	//  -7  mov 0x8(%ebp),%ebx
	//  -4  test %ebx,%ebx
	//  -2  mov %ebx,%eax
	//   0  movzbl 0x17(%ebx),%eax
	//   4  mov %ebx,%ecx
	//   6  lea (%eax,%eax,2),%eax
	// reads 1 byte at 0x17 = %ebx (0x0) + 0x17, as the log says; %ebx is NULL
}
