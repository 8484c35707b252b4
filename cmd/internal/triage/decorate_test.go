package triage

import (
	"strings"
	"testing"
)

const story = "../../../testdata/kernels/symbols/"

// lookupOf opens a look-up over files of the small kernel.
func lookupOf(t testing.TB, files KernelFiles, force bool, maps ...string) *Lookup {
	t.Helper()
	src := Sources{Force: force}
	for _, m := range maps {
		f, err := LoadSymbols(m)
		if err != nil {
			t.Fatal(err)
		}
		src.Symbols = append(src.Symbols, f)
	}
	k, err := OpenKernel(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	src.Kernel = k
	l, err := NewLookup(t.Context(), src, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		k.Close()
	})
	return l
}

func TestDecorate(t *testing.T) {
	both := KernelFiles{Vmlinux: story + "vmlinux", Modules: []string{story + "nf_story.ko"}}
	for _, tt := range []struct {
		name  string
		files KernelFiles
		force bool
		line  string
		want  string // what is put in, at the mark in line
		said  string
	}{
		{"a frame", both, false, "[    1.2]  match_it+0x3d/0x50| ", " (match.c:26)", ""},
		{"in a module", both, false, " match_it+0x3d/0x44 [nf_story]|\t", " (match.c:26)", ""},
		{"a doubted one", both, false, " ? look_up+0x10/0x3a|", " (conn.c:50)", ""},
		// The instruction before it is of another line: only for RIP it is the place itself that counts.
		{"the instruction", both, false, "RIP: 0010:count_them+0x1f/0x50 [nf_story]|", " (conn.c:16 conn.c:39)", ""},
		{"an address to return to", both, false, " count_them+0x1f/0x50 [nf_story]|", " (conn.c:37)", ""},
		{"an address without a name", both, false, " [<ffffffff8100019d>]|", " match_it+0x3d/0x50 (match.c:26)", ""},
		{"done already", both, false, " match_it+0x3d/0x50 (match.c:26)|", "", ""},
		{"done by syzbot", both, false, " match_it+0x3d/0x50 net/match.c:26|", "", ""},
		{"another size", both, false, " match_it+0x3d/0x51|", "", "vmlinux is not of this kernel: its match_it has another " +
			"size than 0x51 (--force uses it all the same)"},
		{"another size, by force", both, true, " match_it+0x3d/0x51|", " (FORCED match.c:26)", ""},
		{"an unknown name", both, false, " no_such_thing+0x3d/0x51|", "", ""},
		{"a module that isn't there", both, false, " match_it+0x3d/0x44 [nf_nat]|", "", ""},
		{"another build id", both, false, " match_it+0x3d/0x44 [nf_story 0123456789012345678901234567890123456789]|", "",
			"nf_story.ko is not of this kernel: its build id is c8a03dad40956c0637d55d148f4b226af0b9d60a, the log has " +
				"0123456789012345678901234567890123456789"},
		{"two functions of a name", KernelFiles{Vmlinux: story + "vmlinux"}, true, " checkentry+0x5/0x999|",
			" (FORCED one of conn.c:22, match.c:13)", ""},
		{"no place", both, false, "[    1.2] Code: 8b 00 <0f> 0b|", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := lookupOf(t, tt.files, tt.force)
			said := ""
			l.Complain = func(s string) { said += s }
			before, after, _ := strings.Cut(tt.line, "|")
			if got, want := string(l.Decorate([]byte(before+after))), before+tt.want+after; got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if said != tt.said {
				t.Errorf("said %q\nwant %q", said, tt.said)
			}
		})
	}
}

// A map is held against the symbols that stand beside their addresses.
func TestDecorateLearns(t *testing.T) {
	const connlimit = "../../../testdata/kernels/connlimit-2.6.11/"
	log := []string{
		" [<c02680f5>] nf_iterate+0x65/0xb0", " [<c02681aa>] nf_hook_slow+0x6a/0x110", " [<c0269190>] ",
	}
	l := lookupOf(t, KernelFiles{}, false, connlimit+"System.map")
	var got []string
	for _, line := range log {
		got = append(got, string(l.Decorate([]byte(line))))
	}
	if want := " [<c0269190>] ip_local_deliver_finish+0x0/0x190 "; got[2] != want || got[0] != log[0] {
		t.Errorf("%q", got)
	}
	l = lookupOf(t, KernelFiles{}, false, connlimit+"System.map.wrong")
	said := ""
	l.Complain = func(s string) { said += s }
	got = got[:0]
	for _, line := range log {
		got = append(got, string(l.Decorate([]byte(line))))
	}
	if got[2] != log[2] || !strings.HasPrefix(said, "System.map.wrong is not of this kernel: ") {
		t.Errorf("%q, said %q", got, said)
	}
}

// FuzzDecorate: whatever the line, it is all there in its order, and nothing is added that a terminal would obey.
func FuzzDecorate(f *testing.F) {
	for _, s := range []string{
		" match_it+0x3d/0x50 [nf_story]", "RIP: 0010:count_them+0x1f/0x50", "[<ffffffff8100019d>] [<ffffffff81000110>]",
		"[<ffffffff8100019d>] match_it+0x3d/0x50", "checkentry+0x0/0x0+0x1/0x2", "look_up+0xffffffffffffffff/0x1",
	} {
		f.Add([]byte(s))
	}
	l := lookupOf(f, KernelFiles{Vmlinux: story + "vmlinux", Modules: []string{story + "nf_story.ko"}}, true)
	f.Fuzz(func(t *testing.T, line []byte) {
		out := l.Decorate(line)
		i := 0
		for _, c := range out {
			switch {
			case i < len(line) && line[i] == c:
				i++
			case c < ' ' || c > '~':
				t.Fatalf("%q gives %q", line, out)
			}
		}
		if i < len(line) {
			t.Fatalf("%q lost a part: %q", line, out)
		}
	})
}
