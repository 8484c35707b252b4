//go:build amd64 && !noasm

package marker

import "golang.org/x/sys/cpu"

// vectorSearches are those that this machine can do, the fastest first.
var vectorSearches = func() (all []vector) {
	if cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI {
		all = append(all, vector{64, func(b []byte, t *tables, out *blocks) { masksVBMI(&b[0], len(b), t, out) }})
	}
	if cpu.X86.HasAVX2 {
		all = append(all, vector{32, func(b []byte, t *tables, out *blocks) { masksAVX2(&b[0], len(b), t, out) }})
	}
	return all
}()

// masksAVX2 looks at n bytes, a multiple of 32 and more than 0, from p on, and reads three more.
//
//go:noescape
func masksAVX2(p *byte, n int, t *tables, out *blocks)

// masksVBMI does the same 64 bytes at a time, with tables by six bits of a byte instead of two by four.
//
//go:noescape
func masksVBMI(p *byte, n int, t *tables, out *blocks)
