//go:build amd64 && !noasm

package marker

import "golang.org/x/sys/cpu"

// vectorBlocks is nil on machines without AVX2.
var vectorBlocks = func() blocks {
	if !cpu.X86.HasAVX2 {
		return nil
	}
	return avx2
}()

func avx2(b []byte, at int, t *tables) (next int, found bool) {
	n := (len(b) - at - (fingerprintLen - 1)) &^ 31 // the fingerprints that begin in a block go on behind it
	if n <= 0 {
		return at, false
	}
	next = blocksAVX2(&b[at], n, t)
	return at + next, next < n
}

// blocksAVX2 looks at n bytes, a multiple of 32 and more than 0, from p on, and reads three more. It returns n where
// there is nothing.
//
//go:noescape
func blocksAVX2(p *byte, n int, t *tables) (next int)
