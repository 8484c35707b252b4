package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrNoKernel is wrapped by the error for a kernel image in which no kernel was found.
var ErrNoKernel = errors.New("no kernel found in it")

// IsKernelImage reports whether head, the first kilobyte of a file, is of a vmlinuz: a bzImage, a zImage, an EFI image.
func IsKernelImage(head []byte) bool {
	return hasSetup(head) || isZboot(head) || isArm64(head)
}

func hasSetup(b []byte) bool { return len(b) >= 0x250 && string(b[0x202:0x206]) == "HdrS" }
func isZboot(b []byte) bool  { return len(b) >= 64 && string(b[:2]) == "MZ" && string(b[4:8]) == "zimg" }
func isArm64(b []byte) bool  { return len(b) >= 64 && string(b[0x38:0x3c]) == "ARM\x64" }
func isRaw(data []byte) bool { return len(data) > 1<<16 }
func isELF(data []byte) bool { return bytes.HasPrefix(data, []byte("\x7fELF")) }
func isKernel(b []byte) bool { return isELF(b) || bytes.Contains(b, []byte("Linux version ")) }
func le32(b []byte) uint64   { return uint64(binary.LittleEndian.Uint32(b)) }

// Kernel returns the kernel in an image of size bytes: an ELF file, or the raw bytes that the loader copies to memory.
func Kernel(r io.ReaderAt, size int64) ([]byte, error) {
	if size > MaxSize {
		return nil, fmt.Errorf("%w: the file has %d bytes", ErrTooLarge, size)
	}
	image := make([]byte, size)
	if n, err := r.ReadAt(image, 0); n < len(image) {
		return nil, err
	}
	budget := limitFor(size) // for all attempts together
	switch {
	case hasSetup(image):
		// Documentation/arch/x86/boot.rst: the payload is told since protocol 2.08 (2.6.26).
		sectors := uint64(image[0x1f1])
		if sectors == 0 {
			sectors = 4
		}
		if binary.LittleEndian.Uint16(image[0x206:]) >= 0x208 {
			from := (sectors+1)*512 + le32(image[0x248:])
			to := from + le32(image[0x24c:])
			if from < to && to <= uint64(len(image)) {
				if data, err := payload(image[from:to], &budget); err == nil || !errors.Is(err, ErrNoKernel) {
					return data, err
				}
			}
		}
	case isZboot(image):
		// drivers/firmware/efi/libstub/zboot-header.S (6.1 and later).
		from, n := le32(image[8:]), le32(image[12:])
		if from+n <= uint64(len(image)) {
			if data, err := payload(image[from:from+n], &budget); err == nil || !errors.Is(err, ErrNoKernel) {
				return data, err
			}
		}
	case isArm64(image):
		return image, nil // not compressed
	}
	return search(image, &budget)
}

// payload unpacks a stream and what is in it.
func payload(data []byte, budget *int64) ([]byte, error) {
	if isELF(data) {
		return data, nil
	}
	format := Format(data)
	if format == "" {
		return nil, ErrNoKernel
	}
	if format == "lz4" && len(data) > 8 {
		data = data[:len(data)-4] // the size that follows would be taken for another block
	}
	out, err := upTo(bytes.NewReader(data), int64(len(data)), format, *budget)
	if err != nil {
		*budget -= *budget/16 + 1 // what came out before is gone, and can have been much
		return nil, err
	}
	*budget -= int64(len(out))
	if !isELF(out) && !isRaw(out) {
		return nil, ErrNoKernel
	}
	return out, nil
}

// search looks for a stream anywhere: images of old kernels and of other architectures don't say where it is.
func search(image []byte, budget *int64) ([]byte, error) {
	tries := 0
	for _, magic := range []string{
		"\x1f\x8b\x08\x00", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "\x02\x21\x4c\x18", "BZh9", "\x5d\x00\x00\x00\x04\xff\xff",
		"\x5d\x00\x00\x80\x00\xff\xff", "\x5d\x00\x00\x00\x02\xff\xff", "\x89LZO\x00\x0d\x0a",
	} {
		for at := 0; tries < 64 && *budget > 0; tries++ {
			i := bytes.Index(image[at:], []byte(magic))
			if i < 0 {
				break
			}
			at += i
			if data, err := payload(image[at:], budget); err == nil && isKernel(data) {
				return data, nil
			}
			at++
		}
	}
	if isKernel(image) && bytes.Contains(image, []byte("Linux version ")) {
		return image, nil
	}
	return nil, ErrNoKernel
}
