package unpack

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"

	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// Member is one file of an archive, or the file itself where that is none.
type Member struct {
	// Name is its path in the archive, without a leading slash and without ".."; "" for a file that is no archive. It is
	// hostile text all the same.
	Name string
	// Reader gives its bytes with their compression taken off, until the next member is asked for. Errors are as those of
	// [Reader.Read].
	io.Reader
	// Packed says that the bytes went through a decoder.
	Packed bool
}

// ErrPipe is wrapped by the error for an archive that can't be read from a pipe: the list of a zip is at its end.
var ErrPipe = errors.New("needs a file, not a pipe")

// HeadSize is how many bytes of a file tell what it is.
const HeadSize = tarMagicAt + len(tarMagic)

// IsPlain says of the first [HeadSize] bytes of a file that it is neither compressed nor an archive.
func IsPlain(head []byte) bool {
	return Format(head) == "" && !isZip(head) && !isTar(head)
}

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

func isTar(head []byte) bool {
	return len(head) >= HeadSize && string(head[tarMagicAt:HeadSize]) == tarMagic
}

// Members gives the files that are in r: the regular members of a tar (compressed as a whole or not) or of a zip, each
// with its own compression taken off too, or r itself, without its compression if it has one. An archive inside an
// archive is not opened. The limits of streams hold for all members together.
//
// file is r if that is a regular file, of size bytes, or nil; only a zip needs it. An error comes with the member that
// it is of, or with nil if it is the archive's, which is then at its end; the others follow.
func Members(r io.Reader, file io.ReaderAt, size int64) iter.Seq2[*Member, error] {
	return func(yield func(*Member, error) bool) {
		b := new(budget)
		z, err := newReader(r, b)
		if err != nil {
			yield(nil, err)
			return
		}
		defer z.Close()
		head := bufio.NewReaderSize(z, 64<<10)
		start, err := head.Peek(HeadSize)
		switch {
		case z.format == "" && isZip(start):
			if file == nil {
				yield(nil, fmt.Errorf("zip: it %w", ErrPipe))
				return
			}
			zipMembers(file, size, yield)
		case isTar(start):
			tarMembers(head, b, yield)
		case len(start) == 0 && !errors.Is(err, io.EOF):
			yield(nil, err)
		default:
			yield(&Member{Reader: head, Packed: z.format != ""}, nil)
		}
	}
}

// The mark of every tar since POSIX.1-1988.
const (
	tarMagic   = "ustar"
	tarMagicAt = 257
)

func tarMembers(r io.Reader, b *budget, yield func(*Member, error) bool) {
	t := &tarFile{t: tar.NewReader(r)}
	for {
		h, err := t.t.Next()
		switch {
		case err == io.EOF:
			return
		case err != nil:
			if !t.broken { // else it was said of the member
				yield(nil, ofTar(err))
			}
			return
		case h.Typeflag != tar.TypeReg:
			continue
		}
		if !member(h.Name, t, b, yield) {
			return
		}
	}
}

// tarFile is the member that is being read.
type tarFile struct {
	t      *tar.Reader
	broken bool
}

func (t *tarFile) Read(p []byte) (int, error) {
	n, err := t.t.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.broken, err = true, ofTar(err)
	}
	return n, err
}

// ofTar leaves the errors of the compression around the tar as they are.
func ofTar(err error) error {
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrTooLarge) {
		return err
	}
	return damaged("tar", err)
}

func zipMembers(file io.ReaderAt, size int64, yield func(*Member, error) bool) {
	list, err := zip.NewReader(file, size)
	if err != nil {
		yield(nil, fmt.Errorf("zip: %w: %w", ErrDamaged, err))
		return
	}
	list.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderMaxMemory(streamDict)))
	b := new(budget)
	b.in.Store(size) // members may share bytes, so their own sizes tell nothing
	for _, f := range list.File {
		if !f.Mode().IsRegular() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			if !yield(&Member{Name: cleanName(f.Name)}, fmt.Errorf("zip: %w: %w", ErrDamaged, err)) {
				return
			}
			continue
		}
		going := member(f.Name, &outOf{r: r, b: b, format: "zip"}, b, yield)
		_ = r.Close() // a checksum that differs was an error of Read
		if !going {
			return
		}
	}
}

// member yields one, with its own compression taken off.
func member(name string, r io.Reader, b *budget, yield func(*Member, error) bool) bool {
	inner := &budget{} // what went into the archive counts, not what came out of it
	z, err := newReader(r, inner)
	if err != nil {
		return yield(&Member{Name: cleanName(name)}, err)
	}
	defer z.Close()
	z.budget = b
	return yield(&Member{Name: cleanName(name), Reader: z, Packed: true}, nil)
}

func cleanName(name string) string { return path.Clean("/" + name)[1:] }

// outOf counts what comes out of a decoder that is not a [Reader].
type outOf struct {
	r      io.Reader
	b      *budget
	format string
}

func (o *outOf) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if tooMuch := o.b.spend(int64(n)); tooMuch != nil {
		return n, fmt.Errorf("%s: %w", o.format, tooMuch)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(o.format, err)
	}
	return n, err
}
