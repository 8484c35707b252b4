package render

import "io"

// newPlain makes text without colour and with nothing but ASCII: for logs, pagers, mail and serial consoles.
func newPlain(w io.Writer, o Options) Renderer {
	o.Color, o.ASCII = false, true
	return newText(w, o)
}
