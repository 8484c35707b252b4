package unpack

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// packers make a stream of each format as the kernel's build does, the size behind it included.
var packers = []struct {
	format string
	pack   func(t testing.TB, data []byte) []byte
}{
	{"gzip", func(t testing.TB, data []byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		write(t, z, data)
		return b.Bytes()
	}},
	{"zstd", func(t testing.TB, data []byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		write(t, z, data)
		return b.Bytes()
	}},
	{"xz", func(t testing.TB, data []byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z, err := xz.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		write(t, z, data)
		return b.Bytes()
	}},
	{"lzma", func(t testing.TB, data []byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z, err := lzma.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		write(t, z, data)
		return b.Bytes()
	}},
	{"lz4", func(t testing.TB, data []byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z := lz4.NewWriter(&b)
		if err := z.Apply(lz4.LegacyOption(true)); err != nil {
			t.Fatal(err)
		}
		write(t, z, data)
		return b.Bytes()
	}},
	{"lzo", func(_ testing.TB, data []byte) []byte { return lzopOf(data) }},
}

// TestLZOP holds the reader against lzop itself.
func TestLZOP(t *testing.T) {
	tool, err := exec.LookPath("lzop")
	if err != nil {
		t.Skip("lzop is not here")
	}
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"program": self[:min(len(self), 4<<20)], "code": code(300_000), "zeros": make([]byte, 3<<20), "short": []byte("short"),
	} {
		for _, flags := range [][]string{{"-1"}, {"-9"}, {"-9", "--no-checksum"}, {"-3", "--crc32"}} {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			packed, err := exec.Command(tool, append(flags, "-c", path)...).Output()
			if err != nil {
				t.Fatalf("lzop %v: %v", flags, err)
			}
			z, err := newLZO(bufio.NewReader(bytes.NewReader(packed)), MaxSize)
			if err != nil {
				t.Fatalf("%s %v: %v", name, flags, err)
			}
			if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s %v: %d bytes, %v", name, flags, len(got), err)
			}
		}
	}
}

// lzopOf makes a file as lzop does, of blocks of 256 KiB that are not packed.
func lzopOf(data []byte) []byte {
	be := binary.BigEndian
	b := []byte("\x89LZO\x00\x0d\x0a\x1a\x0a\x10\x30\x20\x80\x09\x40\x01\x05")
	b = be.AppendUint32(b, lzoAdlerOut)
	b = append(b, make([]byte, 4+4+4+1+4)...) // mode, time, no name, checksum
	for len(data) > 0 {
		n := min(len(data), 256<<10)
		b = be.AppendUint32(b, uint32(n))
		b = be.AppendUint32(b, uint32(n))
		b = be.AppendUint32(b, adler32.Checksum(data[:n]))
		b = append(b, data[:n]...)
		data = data[n:]
	}
	return be.AppendUint32(b, 0)
}

// packedByLZOP is what lzop -9 makes of "nf_hook_slow+0x0/0xf0 nf_hook_slow+0x1/0xf0 ", and so on to 0x3f.
const packedByLZOP = "iUxaTwANChoKEEAgoAlAAwkDAAAJAACBpAAAAAAAAAAABWwudHh0PioElgAABbAAAAEUAsT0+CduZl9ob29rX3Nsb3crMHgwLzB4ZjAgLVUAMT" +
	"NVADIzVQAzM1UANDNVADUzVQA2M1UANzNVADgzVQA5M1UAYTNVAGIzVQBjM1UAZDNVAGUzVQBmNCQFNYAFNIUFMTSJBTE0jQUxNJEFMTSVBTE0" +
	"mQUxNJ0FMTShBTE0pQUxNKkFMTStBTE0sQUxNLUFMTS5BTE0vQUyNL0FMjVECzS9BTI0vQUyNL0FMjS9BTI0vQUyNL0FMjS9BTI0vQUyNL0FMj" +
	"S9BTI0vQUyNL0FMjS9BTI0vQUzNL0FMzS9BTM1CBE0vQUzNL0FMzS9BTM0vQUzNL0FMzS9BTM0vQUzNL0FMzS9BTM0vQUzNL0FMzS9BTPcLREA" +
	"AAAAAAA="

// TestLZO reads packed blocks, cuts them and changes each byte of them: an error, or the same.
func TestLZO(t *testing.T) {
	packed, err := base64.StdEncoding.DecodeString(packedByLZOP)
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for i := range 64 {
		want = fmt.Appendf(want, "nf_hook_slow+%#x/0xf0 ", i)
	}
	got, err := All(bytes.NewReader(packed), int64(len(packed)), Format(packed))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%q, %v", got, err)
	}
	for n := range packed {
		if got, err := All(bytes.NewReader(packed[:n]), int64(n), "lzo"); err == nil {
			t.Errorf("cut at %d: %q", n, got)
		}
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			b := bytes.Clone(packed)
			b[n] ^= flip
			got, err := All(bytes.NewReader(b), int64(len(b)), "lzo")
			if err == nil && len(got) > 0 && !bytes.Equal(got, want) && n > 60 {
				t.Errorf("byte %d ^ %#x: %q", n, flip, got)
			}
		}
	}
}

func write(t testing.TB, w interface {
	Write([]byte) (int, error)
	Close() error
}, data []byte) {
	t.Helper()
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// code is bytes with many calls: e8 and a target.
func code(n int) []byte {
	rng := rand.New(rand.NewPCG(3, 4))
	b := []byte("\x7fELF Linux version 6.1.0 ")
	for len(b) < n {
		switch rng.IntN(4) {
		case 0:
			b = append(b, 0xe8)
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(rng.IntN(1<<20)-1<<19)))
		case 1:
			b = append(b, 0xe9, 0xe8, byte(rng.IntN(256)), 0xff, 0, 0xe8)
		default:
			b = append(b, byte(rng.IntN(256)))
		}
	}
	return b[:n]
}

func TestAll(t *testing.T) {
	data := code(100_000)
	for _, p := range packers {
		packed := p.pack(t, data)
		if got := Format(packed); got != p.format {
			t.Errorf("%s: Format is %q", p.format, got)
		}
		got, err := All(bytes.NewReader(packed), int64(len(packed)), p.format)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", p.format, len(got), err)
		}
		// Cut anywhere: an error or what came before, no panic.
		for n := 0; n < len(packed); n += 997 {
			got, err := All(bytes.NewReader(packed[:n]), int64(n), p.format)
			if err == nil && len(got) >= len(data) {
				t.Errorf("%s: cut at %d, and nothing is missing", p.format, n)
			}
		}
	}
}

func TestBomb(t *testing.T) {
	zeros := make([]byte, 8<<20)
	for _, p := range packers {
		if p.format == "lz4" || p.format == "lzo" {
			continue // at most 255 times, and only beyond a block
		}
		packed := p.pack(t, zeros)
		if _, err := All(bytes.NewReader(packed), int64(len(packed)), p.format); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", p.format, err)
		}
	}
}

// bzImage makes a bzImage with a payload, as Documentation/arch/x86/boot.rst has it.
func bzImage(payload []byte) []byte {
	b := make([]byte, 5*512)
	b[0x1f1] = 4
	copy(b[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(b[0x206:], 0x20f)
	binary.LittleEndian.PutUint32(b[0x248:], 0x40)
	binary.LittleEndian.PutUint32(b[0x24c:], uint32(len(payload)))
	b = append(b, make([]byte, 0x40)...)
	b = append(b, payload...)
	return append(b, "what follows"...)
}

func TestKernel(t *testing.T) {
	data := code(200_000)
	for _, p := range packers {
		packed := p.pack(t, data)
		if p.format != "gzip" { // scripts/Makefile.lib:size_append
			packed = binary.LittleEndian.AppendUint32(packed, uint32(len(data)))
		}
		image := bzImage(packed)
		if !IsKernelImage(image) {
			t.Fatal("not a kernel image")
		}
		got, err := Kernel(bytes.NewReader(image), int64(len(image)))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", p.format, len(got), err)
		}
		if p.format == "gzip" || p.format == "xz" {
			// An old protocol doesn't tell the payload.
			binary.LittleEndian.PutUint16(image[0x206:], 0x204)
			got, err := Kernel(bytes.NewReader(image), int64(len(image)))
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, searched: %d bytes, %v", p.format, len(got), err)
			}
		}
	}
	if _, err := Kernel(bytes.NewReader(bzImage(nil)), 5*512); !errors.Is(err, ErrNoKernel) {
		t.Errorf("empty image: %v", err)
	}
}

// TestXZCalls holds the filter for x86 against xz itself, over the bytes of a real program and over odd ones.
func TestXZCalls(t *testing.T) {
	tool, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("xz is not here")
	}
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	odd := make([]byte, 1<<20)
	for i := range odd {
		odd[i] = []byte{0xe8, 0xe9, 0, 0xff, 1, byte(rng.IntN(256))}[rng.IntN(6)]
	}
	for name, data := range map[string][]byte{"program": self[:min(len(self), 4<<20)], "odd": odd, "code": code(300_000)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		packed, err := exec.Command(tool, "-c", "-1", "--check=crc32", "--x86", "--lzma2=preset=1", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := All(bytes.NewReader(packed), int64(len(packed)), "xz")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(got, data) {
			i := 0
			for i < len(got) && got[i] == data[i] {
				i++
			}
			t.Errorf("%s: differs at %d of %d", name, i, len(data))
		}
	}
}

// FuzzBzImage: whatever the image, no panic, and no more out than is allowed.
func FuzzBzImage(f *testing.F) {
	data := code(3000)
	for _, p := range packers {
		packed := p.pack(f, data)
		f.Add(bzImage(packed))
		f.Add(packed)
	}
	f.Add([]byte("MZ\x00\x00zimg"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<17 {
			t.Skip("large inputs only take longer")
		}
		IsKernelImage(b)
		out, err := Kernel(bytes.NewReader(b), int64(len(b)))
		if err == nil && len(out) > len(b)*MaxRatio+1<<20 {
			t.Errorf("%d bytes from %d", len(out), len(b))
		}
		if format := Format(b); format != "" {
			if out, err := All(bytes.NewReader(b), int64(len(b)), format); err == nil && len(out) > len(b)*MaxRatio+1<<20 {
				t.Errorf("%s: %d bytes from %d", format, len(out), len(b))
			}
		}
	})
}

// FuzzLZO: whatever the file, no panic, and no more out than is allowed.
func FuzzLZO(f *testing.F) {
	packed, err := base64.StdEncoding.DecodeString(packedByLZOP)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add(lzopOf([]byte("nf_hook_slow")))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := All(bytes.NewReader(b), int64(len(b)), "lzo")
		if err == nil && int64(len(out)) > limitFor(int64(len(b))) {
			t.Errorf("%d bytes from %d", len(out), len(b))
		}
	})
}
