package symbols

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// crowd is a table with enough symbols to be kept, with equal names and suffixes.
func crowd(t testing.TB) *Table {
	t.Helper()
	const n = minCached + 10
	table := buildTable("vmlinux", "", true, n, 30*n, func(add func(byte, uint64, []byte)) {
		add('T', 0xffffffff81000000, []byte("_text"))
		add('T', 0xffffffff81000000, []byte("_stext"))
		add('T', 0xffffffff81000000, []byte("startup_64"))
		for i := range n {
			name := fmt.Sprintf("function_%d", i)
			switch i % 1000 {
			case 1, 2:
				name = "checkentry"
			case 3:
				name += ".isra.0"
			}
			add('t', 0xffffffff81000040+uint64(i)*0x40, []byte(name))
		}
		add('T', 0xffffffff89000000, []byte("_etext"))
		add('D', 0xffffffff8a000000, []byte("_end"))
	})
	return table
}

func TestCache(t *testing.T) {
	table := crowd(t)
	dir := t.TempDir()
	path := cachePath(filepath.Join(dir, "a", "b"), "0123456789abcdef")
	// Two processes at once.
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			if err := table.writeCache(path); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	again, err := readCache(path, "vmlinux")
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
	if again.layout != table.layout || again.Len() != table.Len() {
		t.Errorf("layout %+v, want %+v", again.layout, table.layout)
	}
	for i := range table.Len() {
		s := table.symbol(table.entry(i), 0)
		if got := again.symbol(again.entry(i), 0); got != s {
			t.Fatalf("symbol %d: %+v, want %+v", i, got, s)
		}
	}
	for _, name := range []string{"checkentry", "function_3", "function_3.isra.0", "function_5", "_text", "nothing", ""} {
		if got, want := again.Named(name), table.Named(name); !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	a, _ := again.Find(0xffffffff81001234)
	if b, _ := table.Find(0xffffffff81001234); a != b {
		t.Errorf("%+v, want %+v", a, b)
	}
	// Damage anywhere: not used.
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += len(good)/97 + 1 {
		bad := slices.Clone(good)
		bad[i] ^= 0x10
		for _, b := range [][]byte{bad, good[:i]} {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readCache(path, "vmlinux"); err == nil {
				t.Errorf("damage at %d isn't noticed", i)
			}
		}
	}
}

func TestCacheOfKernel(t *testing.T) {
	if cachePath("", "0123456789") != "" || cachePath("x", "../../0123") != "" || cachePath("x", "") != "" {
		t.Error("a path from nothing, or out of the folder")
	}
	// A small kernel isn't kept, and a folder that can't be made is no error.
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKernel(context.Background(), Sources{Vmlinux: filepath.Join(objects, "vmlinux"), CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Resolve(context.Background(), Query{Name: "look_up"}); err != nil {
		t.Error(err)
	}
	k.Image().table = crowd(t)
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	if n := k.Image().Notes(); len(n) != 1 {
		t.Errorf("notes %q", n)
	}
}

// TestCacheOfProcesses: several processes that read and write one cache at once, while somebody deletes it.
func TestCacheOfProcesses(t *testing.T) {
	const asChild = "NFOOPS_TEST_CACHE"
	if dir := os.Getenv(asChild); dir != "" {
		path := cachePath(dir, "0123456789abcdef")
		table := crowd(t)
		for range 8 {
			if err := table.writeCache(path); err != nil {
				t.Fatal(err)
			}
			again, err := readCache(path, "vmlinux")
			switch {
			case os.IsNotExist(err): // deleted between the two
			case err != nil:
				t.Fatal(err)
			case again.Len() != table.Len():
				t.Fatalf("%d symbols, want %d", again.Len(), table.Len())
			}
		}
		return
	}
	dir := t.TempDir()
	children := make([]*exec.Cmd, 3)
	for i := range children {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestCacheOfProcesses$")
		cmd.Env = append(os.Environ(), asChild+"="+dir)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		children[i] = cmd
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				os.Remove(cachePath(dir, "0123456789abcdef"))
			}
		}
	}()
	for _, cmd := range children {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	close(done)
	if left, _ := filepath.Glob(filepath.Join(dir, "new.*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
