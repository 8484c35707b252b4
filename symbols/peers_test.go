package symbols

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPeerTraps asks for the places that other tools get wrong in a module, whose sections all start at 0, or in a trace,
// whose addresses are behind the calls. What they answer is logged: it is their matter, and may be mended.
func TestPeerTraps(t *testing.T) {
	const file = "nf_story.ko"
	m := openImage(t, file)
	for _, tt := range []struct {
		name  string
		query Query
		want  []string
		peers [][]string // commands, the file and the address in .text or .text.unlikely behind them
	}{
		{"a frame of a module", Query{Name: "count_them", Offset: 0x1f, Size: 0x50},
			[]string{"is_dead conn.c:16", "count_them conn.c:39"}, [][]string{
				{"eu-addr2line", "-f", "-i", "0x3f", "-e"}, // another function, without -j .text
				{"llvm-symbolizer", "-f", "-i", "0x3f", "-e"},
			}},
		{"the cold part of a function of a module", Query{Name: "count_them.cold", Offset: 1},
			[]string{"count_them conn.c:44"}, [][]string{
				{"addr2line", "-f", "-i", "0x14", "-e"}, // what decode_stacktrace.sh types: the section is lost
				{"eu-addr2line", "-f", "-i", "0x14", "-e"}, {"llvm-symbolizer", "-f", "-i", "0x14", "-e"},
			}},
		{"an address to return to", Query{Name: "match_it", Offset: 0x3d, Return: true},
			[]string{"match_it match.c:26"}, [][]string{
				{"addr2line", "-f", "-i", "-j", ".text", "0x14d", "-e"}, // decode_stacktrace.sh: what comes after the call
			}},
		{"the instruction itself", Query{Name: "match_it", Offset: 0x3d},
			[]string{"match_it match.c:27"}, nil},
		{"another function of the name, by its size", Query{Name: "checkentry", Offset: 0x10, Size: 0x60},
			[]string{"checkentry match.c:10"}, [][]string{
				{"addr2line", "-f", "-i", "-j", ".text", "0x10", "-e"}, // decode_stacktrace.sh: the first one that nm prints
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			as, reason, err := m.Resolve(tt.query)
			if err != nil || reason != "" || len(as) != 1 {
				t.Fatalf("%+v, %s, %v", as, reason, err)
			}
			var got []string
			for _, l := range as[0].Lines {
				got = append(got, l.Function+" "+cleanPlace(l.File+":"+fmt.Sprint(l.Line)))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			for _, p := range tt.peers {
				if _, err := exec.LookPath(p[0]); err != nil {
					continue
				}
				out, err := exec.Command(p[0], append(p[1:], filepath.Join(objects, file))...).Output()
				t.Logf("%s says %q, %v", strings.Join(p, " "), strings.Fields(string(out)), err)
			}
		})
	}
}
