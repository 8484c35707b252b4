package symbols

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func pathsOf(t *Type, off, size uint64) string {
	var out []string
	for _, p := range t.FieldPaths(off, size) {
		s := p.Path
		if p.Offset != 0 {
			s += fmt.Sprintf("+%d", p.Offset)
		}
		if p.BitSize != 0 {
			s += fmt.Sprintf(":%d/%d", p.BitOffset, p.BitSize)
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}

// TestFieldPaths has its expectations from story.h, counted by hand for x86-64.
func TestFieldPaths(t *testing.T) {
	for _, name := range []string{"vmlinux", "vmlinux-dwarf4", "nf_story.ko", "nf_story-zlib.ko"} {
		m := openImage(t, name)
		conn, reason := m.Struct("conn", 0)
		if reason != "" {
			t.Fatalf("%s: %s", name, reason)
		}
		if conn.Size != 120 {
			t.Fatalf("%s: struct conn has %d bytes", name, conn.Size)
		}
		for _, tc := range []struct {
			off, size uint64
			want      string
		}{
			{0, 4, "use"},
			{2, 0, "use+2"},
			{4, 0, ""}, // a hole
			{8, 8, "node.next"},
			{16, 8, "node.prev"},
			{24, 4, "tuples[0].src.ip | tuples[0].src.all[0] | tuples[0].src.pair.hi"},
			{28, 4, "tuples[0].src.all[1] | tuples[0].src.pair.lo"},
			{36, 4, "tuples[0].src.all[3]"},
			{40, 2, "tuples[0].port | tuples[0].id | tuples[0].icmp.type"},
			{40, 1, "tuples[0].icmp.type | tuples[0].port | tuples[0].id"},
			{41, 1, "tuples[0].icmp.code | tuples[0].port+1 | tuples[0].id+1"},
			{43, 1, "tuples[0].dir:0/1 | tuples[0].seen:1/3"},
			{48, 4, "tuples[1].src.all[1] | tuples[1].src.pair.lo"},
			{62, 1, "tuples[1].proto"},
			{64, 8, "master"},
			{72, 8, "ext"},
			{80, 1, "state.tcp.state | state.udp.timeout"},
			{84, 2, "state.tcp.flags[1] | state.udp.timeout+4"},
			{108, 4, "state.tcp.window[1][2]"},
			{112, 8, "check"},
			{120, 8, ""},
		} {
			want := tc.want
			got := pathsOf(conn, tc.off, tc.size)
			// The order among members of a union is that of the source; sizes that fit go first.
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: offset %d, size %d: %s", name, tc.off, tc.size, d)
			}
		}
		ext, _ := m.Struct("ext", 0)
		if got := pathsOf(ext, 9, 1); got != "data[4]" {
			t.Errorf("%s: a flexible array: %s", name, got)
		}
		if _, reason := m.Struct("nothing", 0); reason != ReasonNoType {
			t.Errorf("%s: %q", name, reason)
		}
		// The end of a longer string: linkers merge them.
		if ty, reason := m.Struct("u32", 0); reason != "" || ty.Underlying().Size != 4 || ty.Kind != KindTypedef {
			t.Errorf("%s: u32: %+v %s", name, ty, reason)
		}
	}
}

func TestPrototypes(t *testing.T) {
	for _, name := range []string{"vmlinux", "nf_story.ko", "nf_story-dwarf4.ko", "nf_story-i386.ko"} {
		m := openImage(t, name)
		table, _ := m.Table()
		for _, tc := range []struct{ function, want string }{
			{"count_them", "int count_them(const struct params *par, struct list *head, u32 limit)"},
			{"match_it", "int match_it(const struct params *par, struct conn *ct)"},
			{"complain", "int complain(const struct params *par)"},
			{"story_init", "int story_init(void)"},
		} {
			p, reason := m.Prototype(table.Named(tc.function)[0].Addr, 0)
			if reason != "" || p.String() != tc.want {
				t.Errorf("%s: %s %s, want %s", name, p, reason, tc.want)
				continue
			}
			if p.Altered != (tc.function == "complain") || p.File == "" || p.Line == 0 {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
	m := openImage(t, "nf_story.ko")
	conn, _ := m.Struct("conn", 0)
	var check *Type
	for _, f := range conn.Members() {
		if f.Name == "check" {
			check = f.Type
		}
	}
	if got, want := check.declare("check", 0), "int (*check)(struct conn *, u32)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestReach: an offset, and the pointers that a function has.
func TestReach(t *testing.T) {
	m := openImage(t, "nf_story.ko")
	table, _ := m.Table()
	p, _ := m.Prototype(table.Named("match_it")[0].Addr, 0)
	var got []string
	for _, r := range p.Reach(80, 1, 1, 100) {
		got = append(got, fmt.Sprintf("%d %s", r.Param, r.Path))
	}
	want := []string{
		"1 ct->state.tcp.state",
		"0 par->ct->state.tcp.state",
		"1 ct->master->state.tcp.state",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if r := p.Reach(4000, 8, 2, 10); len(r) != 0 {
		t.Errorf("an offset beyond all structs: %+v", r)
	}
}

// paholeLine is a member in pahole's listing: a declaration and its place in a comment.
var paholeLine = regexp.MustCompile(`^\s*(.*?);?\s*/\*\s*(\d+)(?::\s*(\d+))?\s+(\d+)\s*\*/`)

// typedefNote is what pahole puts before an expanded typedef, and attributes.
var typedefNote = regexp.MustCompile(`/\* typedef [^*]*\*/ | ?__attribute__\(\([^)]*\)?[^)]*\)\)`)

// paholeField is a leaf of pahole's listing.
type paholeField struct {
	path string
	off  uint64
	bits bool
}

// paholeFields parses `pahole -E -C name`: structs are expanded, the name of one comes at its end.
func paholeFields(text []byte) []paholeField {
	type frame struct{ fields []paholeField }
	stack := []frame{{}}
	declared := regexp.MustCompile(`([A-Za-z_]\w*)((?:\[\d*\])*)(?:\s*:\s*\d+)?$`)
	funcPointer := regexp.MustCompile(`\(\*+\s*(?:const )?(\w+)((?:\[\d*\])*)\)\(`)
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		line := typedefNote.ReplaceAllString(s.Text(), "")
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(strings.TrimSpace(strings.Split(trimmed, "/*")[0]), "{"):
			stack = append(stack, frame{})
		case strings.HasPrefix(trimmed, "}"):
			top := stack[len(stack)-1]
			if len(stack) == 1 {
				return top.fields
			}
			stack = stack[:len(stack)-1]
			up := &stack[len(stack)-1]
			decl, comment, _ := strings.Cut(strings.TrimPrefix(trimmed, "}"), "/*")
			decl = strings.TrimSpace(strings.Split(decl, "__attribute__")[0])
			decl = strings.TrimRight(decl, "; ")
			if len(stack) == 1 && comment == "" {
				up.fields = append(up.fields, top.fields...)
				return up.fields
			}
			if strings.HasPrefix(decl, "*") { // a pointer to what was expanded: not part of the struct
				if m := declared.FindStringSubmatch(decl); m != nil {
					if n := strings.Fields(comment); len(n) > 1 {
						off, _ := strconv.ParseUint(n[0], 10, 64)
						up.fields = append(up.fields, paholeField{path: m[1] + strings.ReplaceAll(m[2], "[]", "[0]"), off: off})
					}
				}
				continue
			}
			name := ""
			if m := declared.FindStringSubmatch(decl); m != nil {
				name = m[1] + zeroIndex(m[2])
			}
			for _, f := range top.fields {
				f.path = join(name, f.path)
				up.fields = append(up.fields, f)
			}
		default:
			m := paholeLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			decl := strings.TrimRight(strings.Split(m[1], "__attribute__")[0], "; ")
			off, _ := strconv.ParseUint(m[2], 10, 64)
			f := paholeField{off: off, bits: m[3] != ""}
			if n := funcPointer.FindStringSubmatch(decl); n != nil {
				f.path = n[1] + zeroIndex(n[2])
			} else if n := declared.FindStringSubmatch(decl); n != nil {
				f.path = n[1] + zeroIndex(n[2])
			} else {
				continue
			}
			up := &stack[len(stack)-1]
			up.fields = append(up.fields, f)
		}
	}
	return stack[0].fields
}

// zeroIndex makes the first element of dimensions: [2][3] is [0][0].
func zeroIndex(dims string) string {
	return regexp.MustCompile(`\[\d*\]`).ReplaceAllString(dims, "[0]")
}

// holdAgainstPahole compares field paths; it returns how many were compared and how many are equal.
func holdAgainstPahole(t *testing.T, file string, ty *Type, name string, show int) (all, equal int) {
	t.Helper()
	text, err := exec.Command("pahole", "-E", "-F", "dwarf", "-C", name, file).Output()
	if err != nil {
		t.Logf("pahole %s: %v", name, err)
		return 0, 0
	}
	for _, f := range paholeFields(text) {
		if f.bits {
			continue // pahole gives the storage unit, not the byte
		}
		all++
		var paths []string
		for _, p := range ty.FieldPaths(f.off, 0) {
			if p.Offset == 0 {
				paths = append(paths, p.Path)
			}
		}
		// An empty member and the first one after it share an offset.
		if slices.Contains(paths, f.path) {
			equal++
		} else if show > 0 {
			show--
			t.Logf("%s at %d: pahole %q, ours %q", name, f.off, f.path, paths)
		}
	}
	return all, equal
}

func TestPahole(t *testing.T) {
	if _, err := exec.LookPath("pahole"); err != nil {
		t.Skip("pahole is not here")
	}
	m := openImage(t, "vmlinux")
	total := 0
	for _, name := range []string{"conn", "tuple", "params", "tcp_state", "ext", "addr"} {
		ty, reason := m.Struct(name, 0)
		if reason != "" {
			t.Fatal(reason)
		}
		all, equal := holdAgainstPahole(t, objects+"/vmlinux", ty, name, 100)
		if total += all; all != equal {
			t.Errorf("%s: %d of %d equal", name, equal, all)
		}
	}
	if total < 40 {
		t.Errorf("only %d fields were compared", total)
	}
}

func TestDebianFields(t *testing.T) {
	dir := os.Getenv("NFOOPS_DBG")
	if dir == "" {
		t.Skip("NFOOPS_DBG is not set: the unpacked linux-image-…-dbg package")
	}
	all, equal := 0, 0
	for _, j := range []struct{ file, types string }{
		{"nf_conntrack.ko", "nf_conn nf_conntrack_tuple nf_conntrack_expect nf_conntrack_helper nf_ct_ext sk_buff " +
			"nf_conntrack_l4proto net_device net task_struct"},
		{"nf_tables.ko", "nft_chain nft_table nft_rule nft_set nft_pktinfo nft_expr nft_trans nft_ctx nft_set_elem"},
		{"ip_tables.ko", "ipt_entry ipt_ip xt_table xt_table_info xt_action_param xt_match xt_target"},
	} {
		for _, file := range findUnder(t, dir, j.file) {
			m, err := OpenImage(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range strings.Fields(j.types) {
				ty, reason := m.Struct(name, 0)
				if reason != "" {
					t.Errorf("%s: %s: %s", m.Name(), name, reason)
					continue
				}
				a, e := holdAgainstPahole(t, file, ty, name, 3)
				t.Logf("%-18s %-24s %5d bytes %5d fields %5d equal", m.Name(), name, ty.Size, a, e)
				all, equal = all+a, equal+e
			}
			m.Close()
		}
	}
	t.Logf("%d of %d fields equal: %.2f%%", equal, all, 100*float64(equal)/float64(max(1, all)))
	if all < 500 || float64(equal) < 0.995*float64(all) {
		t.Errorf("%d of %d are equal, want 99.5%% of at least 500", equal, all)
	}
}
