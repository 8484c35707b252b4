package marker_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops/marker"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
		at   int
	}{
		{"[   12.345678] BUG: unable to handle", "BUG: ", 15},
		{"<4>Kernel panic - not syncing: x", "Kernel panic", 3},
		{"Linux version 6.1.0", "Linux version ", 0},
		{"nothing of the kind", "", -1},
		{"", "", -1},
		{"B", "", -1},
		{"BU", "", -1},
	} {
		m, at := marker.Find(c.text)
		if at != c.at || m != nil && m.Text != c.want || m == nil && c.want != "" {
			t.Errorf("Find(%q) = %v, %d; want %q, %d", c.text, m, at, c.want, c.at)
		}
	}
}

// Every marker is found wherever it stands, and nothing before it.
func TestEveryMarker(t *testing.T) {
	for _, m := range marker.Table {
		text := "----- " + m.Text + " -----"
		got, at := marker.Find([]byte(text))
		if got == nil || at > strings.Index(text, m.Text) {
			t.Errorf("%q is not found", m.Text)
		}
		if len(m.Text) < 3 {
			t.Errorf("%q is too short to tell anything", m.Text)
		}
	}
}

func TestNoMarkerTwice(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range marker.Table {
		if seen[m.Text] {
			t.Errorf("%q stands twice in the table", m.Text)
		}
		seen[m.Text] = true
	}
}

// What a slower search finds, Find finds, and at the same place.
func FuzzFind(f *testing.F) {
	f.Add([]byte("x BUG: y"))
	f.Add([]byte("general protection faul general protection fault"))
	f.Fuzz(func(t *testing.T, b []byte) {
		want := -1
		for _, m := range marker.Table {
			if i := bytes.Index(b, []byte(m.Text)); i >= 0 && (want < 0 || i < want) {
				want = i
			}
		}
		if _, at := marker.Find(b); at != want {
			t.Errorf("Find(%q) at %d, want %d", b, at, want)
		}
	})
}

// ordinary is a line that most lines of a console log look like.
const ordinary = "[   27.183742] systemd[1]: Started Journal Service, after a Boot of Units; BIOS, INFO and Kernel words are near misses\n"

func BenchmarkFind(b *testing.B) {
	text := []byte(strings.Repeat(ordinary, 1000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if m, _ := marker.Find(text); m != nil {
			b.Fatal(m)
		}
	}
}
