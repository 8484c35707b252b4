package marker

import (
	"os"
	"syscall"
	"testing"
)

// TestSearchStaysInside holds that no search reads behind its text: it ends where a page begins that can't be read.
func TestSearchStaysInside(t *testing.T) {
	page := os.Getpagesize()
	const pages = 3
	b, err := syscall.Mmap(-1, 0, (pages+1)*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(b) }() // the test is over
	if err := syscall.Mprotect(b[pages*page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	const marker = "Kernel panic"
	text := b[:pages*page]
	for i := range text {
		text[i] = 'K'
	}
	copy(text[len(text)-len(marker):], marker)
	for n := range 140 {
		same(t, text[len(text)-n:])
	}
	for n := range 70 {
		same(t, text[len(text)-chunk-n:])
	}
}
