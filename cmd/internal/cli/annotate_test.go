package cli

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func same(line []byte) []byte { return line }

// shout marks the lines that were looked at.
func shout(line []byte) []byte { return append(bytes.ToUpper(line), '!') }

// A line is out before the next one comes.
func TestAnnotateIsLive(t *testing.T) {
	in, feed := io.Pipe()
	out, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- copyAnnotated(w, in, shout, same) }()
	buf := make([]byte, 64)
	for _, line := range []string{"one\n", "two\r\n", "\n"} {
		if _, err := feed.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		n, err := out.Read(buf)
		end := strings.TrimLeft(line, "onetw")
		want := strings.ToUpper(strings.TrimSuffix(line, end)) + "!" + end
		if err != nil || string(buf[:n]) != want {
			t.Fatalf("%q, %v: want %q", buf[:n], err, want)
		}
	}
	feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAnnotateCopies(t *testing.T) {
	long := strings.Repeat("x", 3*longestLine/2)
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"no end", "NO END!"},
		{"a\x00\x1b[31m\xff\n", "A\x00\x1b[31M\xff!\n"},
		{long + "\nb\n", long + "\nB!\n"},
	} {
		var out bytes.Buffer
		upper := func(line []byte) []byte {
			b := bytes.Clone(line)
			for i := range b {
				if b[i] >= 'a' && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return append(b, '!')
		}
		if err := copyAnnotated(&out, strings.NewReader(tt.in), upper, same); err != nil || out.String() != tt.want {
			t.Errorf("%.40q gives %.40q, %v", tt.in, out.String(), err)
		}
	}
	broken := errors.New("broken")
	if err := copyAnnotated(io.Discard, io.MultiReader(strings.NewReader("a\n"), failing{broken}), same, same); !errors.Is(err,
		broken) {
		t.Errorf("a failing input: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// On a terminal nothing of a log is obeyed.
func TestAnnotateOnTerminal(t *testing.T) {
	a := &app{}
	got := string(a.cleanLine([]byte("a\tb  c \x1b]0;x\x07\n")))
	if strings.ContainsAny(got, "\x1b\x07") || !strings.HasSuffix(got, "\n") || !strings.HasPrefix(got, "a") {
		t.Errorf("%q", got)
	}
}
