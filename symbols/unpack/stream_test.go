package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// packed makes a stream of data in a format; bzip2 needs its program, without which nil is given.
func packed(t testing.TB, format string, data []byte) []byte {
	t.Helper()
	for _, p := range packers {
		if p.format == format {
			return p.pack(t, data)
		}
	}
	cmd := exec.Command(format, "-c")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return out
}

var streamFormats = []string{"gzip", "zstd", "xz", "lzma", "lz4", "bzip2"}

// Every format is read, also where two streams follow each other, and a cut stream gives what was before the cut and
// the word that it is damaged.
func TestReader(t *testing.T) {
	log := bytes.Repeat([]byte("[    1.000000] ordinary line of a console log\n"), 4000)
	for i := range log { // so that it is more than one block
		if i%37 == 0 {
			log[i] = "0123456789abcdef"[i*i/37%16]
		}
	}
	for _, format := range append(streamFormats, "") {
		t.Run("format "+format, func(t *testing.T) {
			one := log
			if format != "" {
				if one = packed(t, format, log); one == nil {
					t.Skipf("%s is not installed", format)
				}
			}
			for _, c := range []struct {
				name    string
				in      []byte
				want    []byte
				damaged bool
			}{
				{"whole", one, log, false},
				{"twice", append(one[:len(one):len(one)], one...), append(log[:len(log):len(log)], log...), false},
				{"cut", one[:len(one)*3/4], log, format != ""},
			} {
				if c.name == "twice" && format == "lzma" { // has no end mark of its own
					continue
				}
				z, err := NewReader(bytes.NewReader(c.in))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(z)
				z.Close()
				if z.Format() != format {
					t.Errorf("%s: format %q", c.name, z.Format())
				}
				switch {
				case c.damaged:
					if !errors.Is(err, ErrDamaged) || !bytes.HasPrefix(c.want, got) {
						t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
					}
				case err != nil:
					t.Errorf("%s: %v", c.name, err)
				case c.name != "cut" && !bytes.Equal(got, c.want):
					t.Errorf("%s: %d bytes of %d", c.name, len(got), len(c.want))
				}
			}
		})
	}
}

// A bomb ends at the limit.
func TestStreamBomb(t *testing.T) {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 2 * StreamFree >> 20 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	size := b.Len()
	r, err := NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, err := io.Copy(io.Discard, r)
	if !errors.Is(err, ErrTooLarge) || n > StreamFree+StreamRatio*int64(size)+1<<20 {
		t.Errorf("%d bytes from %d: %v", n, size, err)
	}
}

type file struct{ name, text string }

func tarOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o644, Typeflag: tar.TypeReg}
		if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		m, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(m, f.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// listed is what Members gives, a row a member.
func listed(in []byte, pipe bool) string {
	var at io.ReaderAt
	if !pipe {
		at = bytes.NewReader(in)
	}
	var out strings.Builder
	for m, err := range Members(bytes.NewReader(in), at, int64(len(in))) {
		if m != nil {
			out.WriteString(m.Name + "=")
			if m.Reader != nil {
				text, readErr := io.ReadAll(m)
				out.Write(text)
				err = errors.Join(err, readErr)
			}
		}
		if err != nil {
			out.WriteString("!" + err.Error())
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestMembers(t *testing.T) {
	inner := string(packed(t, "gzip", []byte("crash\n")))
	some := []file{{"d/", ""}, {"d/a.log", "one\n"}, {"../../etc/b.gz", inner}, {"/c", ""}}
	const all = "d/a.log=one\n\netc/b.gz=crash\n\nc=\n"
	tarred := tarOf(t, some...)
	zipped := zipOf(t, some...)
	broken := bytes.Replace(zipped, []byte("one\n"), []byte("two\n"), 1)
	long := tarOf(t, file{"a", "first\n"}, file{"b", strings.Repeat("x", 3000)}, file{"c", "lost"})
	for _, c := range []struct {
		name string
		in   []byte
		pipe bool
		want string
	}{
		{"plain", []byte("text\n"), true, "=text\n\n"},
		{"empty", nil, true, "=\n"},
		{"short", []byte("PK"), true, "=PK\n"},
		{"gzip", packed(t, "gzip", []byte("text\n")), true, "=text\n\n"},
		{"tar", tarred, true, all},
		{"tar.gz", packed(t, "gzip", tarred), true, all},
		{"tar.zst", packed(t, "zstd", tarred), true, all},
		{"tar.xz", packed(t, "xz", tarred), true, all},
		{"zip", zipped, false, all},
		{"zip on a pipe", zipped, true, "!zip: it needs a file, not a pipe\n"},
		{"zip without its list", zipped[:len(zipped)/2], false, "!zip: damaged: zip: not a valid zip file\n"},
		{"gzip of a bad header", []byte("\x1f\x8b\x08\xff\xff\xff"), true, "!gzip: damaged: it ends too early\n"},
		{"cut tar", long[:512+512+512+1000], true,
			"a=first\n\nb=" + strings.Repeat("x", 1000) + "!tar: damaged: it ends too early\n"},
	} {
		if got := listed(c.in, c.pipe); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := listed(broken, false); bytes.Equal(broken, zipped) == strings.Contains(got, "!zip: damaged") {
		t.Errorf("zip with a changed byte: %q", got)
	}
}

// Whatever the bytes are: no panic, and no more than the limits.
func FuzzMembers(f *testing.F) {
	f.Add(tarOf(f, file{"a", "text"}))
	f.Add(zipOf(f, file{"a", "text"}))
	for _, format := range []string{"gzip", "zstd", "xz", "lz4"} {
		f.Add(packed(f, format, tarOf(f, file{"a", "text"})))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		var n int64
		for m, err := range Members(bytes.NewReader(in), bytes.NewReader(in), int64(len(in))) {
			if m == nil && err == nil {
				t.Fatal("no member and no error")
			}
			if m != nil && m.Reader != nil {
				k, _ := io.Copy(io.Discard, m)
				n += k
			}
		}
		if n > 2*(StreamFree+StreamRatio*int64(len(in))) {
			t.Fatalf("%d bytes from %d", n, len(in))
		}
	})
}
