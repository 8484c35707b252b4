package symbols

import (
	"context"
	"errors"
	"testing"
)

// Code of one module is found in it among all that a kernel has, and in no other; a module that was open before stays
// open.
func TestKernelSearch(t *testing.T) {
	const dir = "../testdata/kernels/symbols/"
	k, err := OpenKernel(t.Context(), Sources{Vmlinux: dir + "vmlinux", Modules: []string{dir + "nf_story-i386.ko"}})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	m, err := k.Module(t.Context(), "nf_story", "")
	if err != nil {
		t.Fatal(err)
	}
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	fn := table.Named("count_them")[0]
	code, reason := m.Code(fn.Addr, 64)
	if reason != "" {
		t.Fatal(reason)
	}
	for _, modules := range [][]string{nil, {"nf_story"}, {"nf-story", "nosuch"}} {
		found, searched, err := k.Search(t.Context(), &CodeQuery{Bytes: code.Bytes, Loose: code.Loose, At: 5,
			Modules: modules, Most: 1, Limit: 4})
		if err != nil || searched != 2 || len(found) != 1 || found[0].Module != "nf_story" || found[0].Addr != fn.Addr+5 ||
			found[0].Place.Symbol.Name != "count_them" || found[0].Place.Offset != 5 {
			t.Errorf("%v: %+v in %d images, %v", modules, found, searched, err)
		}
	}
	if again, err := k.Module(t.Context(), "nf_story", ""); err != nil || again != m {
		t.Errorf("another image: %v", err)
	}
	if found, searched, err := k.Search(t.Context(), &CodeQuery{Bytes: code.Bytes, Loose: code.Loose, Limit: 4}); err != nil ||
		searched != 1 || len(found) != 0 {
		t.Errorf("too many modules: %+v in %d images, %v", found, searched, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := k.Search(stopped, &CodeQuery{Bytes: code.Bytes, Loose: code.Loose, Most: 1, Limit: 4}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
