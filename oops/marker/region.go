package marker

import (
	"errors"
	"io"
)

// What a finder and the grammar agree on: how much stands before the first row with a marker that may belong to its
// crash, and where a row without an end is cut.
const (
	LeadRows  = 40       // rows
	LeadBytes = 1 << 20  // bytes of all those rows together
	MaxRow    = 64 << 10 // bytes; frame.MaxRow is the same
)

// Place is where a finder has found a marker. Most are of ordinary lines, which their row alone tells.
type Place struct {
	// Row is the row with the marker, Behind the one behind it, both without their ends and valid until the finder is
	// asked for more. Row is nil where the two can't be had so cheaply: the region tells then.
	Row, Behind []byte
	End         int64 // offset behind Row and its end
}

// Region is what stands around a place of an input where a crash may be, as a finder gives it to the parser. It has a
// beginning only: the parser knows where the crash ends.
type Region struct {
	io.Reader       // the bytes from Off to the end of the input; valid until the next region is asked for
	Off       int64 // bytes from the start of the input; a row begins there, LeadRows before the marker or more
	Line      int   // number of the line at Off, from 1
	Cut       bool  // the row at Off is a piece of a longer one
	Marker    int64 // offset of the first marker that the parser has not seen
	Whole     bool  // the markers of this input can't be told (UTF-16): all of it is one region
}

// ErrPause is what the reader of a region returns where the input, which goes on, has been silent for a while: what was
// read so far is not to wait for what comes.
var ErrPause = errors.New("the input pauses")
