package netconsole

import (
	"bytes"
	"strconv"
	"time"
)

// record is a record, or a piece of netlog's text, that waits for those before it. It owns its bytes.
type record struct {
	start, end uint64
	usec       int64
	at         time.Time // when its first datagram came
	form       form
	head       []byte
	body       []byte
	have       []extent // of a record in fragments: what of body has come, ascending; nil for a whole one
}

// extent is a range of bytes of a body.
type extent struct{ from, to int }

// cost is what the record takes in memory, in bytes.
func (r *record) cost() int { return len(r.head) + cap(r.body) + 16*cap(r.have) + 96 }

func newRecord(d *datagram, at time.Time) *record {
	r := &record{start: d.start, end: d.end, usec: d.usec, at: at, form: d.form, head: bytes.Clone(d.head)}
	if d.total == 0 {
		r.body = bytes.Clone(d.body)
		return r
	}
	r.have = []extent{}
	r.add(d)
	return r
}

// whole says that nothing of the body is missing. A body in fragments has its full length only when its last one has
// come, so that the announced length alone costs nothing.
func (r *record) whole(total int) bool {
	return r.have == nil || len(r.have) == 1 && r.have[0] == extent{0, total}
}

// add puts a fragment in its place. It says whether there was anything new in it.
func (r *record) add(d *datagram) bool {
	from, to := d.off, d.off+len(d.body)
	for _, e := range r.have {
		if from >= e.from && to <= e.to {
			return false
		}
	}
	if to > len(r.body) {
		r.body = append(r.body, make([]byte, to-len(r.body))...)
	}
	copy(r.body[from:], d.body)
	merged := make([]extent, 0, len(r.have)+1)
	now := extent{from, to} // grows until an extent lies behind it, which takes its place
	for _, e := range r.have {
		switch {
		case e.to < now.from:
			merged = append(merged, e)
		case e.from > now.to:
			merged = append(merged, now)
			now = e
		default:
			now = extent{min(e.from, now.from), max(e.to, now.to)}
		}
	}
	merged = append(merged, now)
	r.have = merged
	if r.whole(d.total) {
		r.have = nil
	}
	return true
}

// parts takes the body apart. torn says that a part is missing, from the byte lostFrom on: what stands behind it is
// left out, and so is a word that may be the beginning of another one.
func (r *record) parts() (text []byte, meta userData, lostFrom int, torn bool) {
	body := r.body
	if r.have != nil {
		torn = true
		if len(r.have) > 0 && r.have[0].from == 0 {
			lostFrom = r.have[0].to
		}
		body = body[:lostFrom]
	}
	text, data, ended := bytes.Cut(body, []byte{'\n'})
	if torn && !ended {
		text = wholeWords(text)
	}
	return text, readUserData(data), lostFrom, torn
}

// appendLine appends the record as the one line that a kernel would send that breaks nothing: its header, with what
// the user data tell of it (release, cpu=), and the text. User data that say nothing of the message are left out.
func appendLine(dst, head, text []byte, meta *userData) []byte {
	if meta.release != "" && bytes.IndexByte(before(head, ','), '.') < 0 {
		dst = append(append(dst, meta.release...), ',')
	}
	dst = append(dst, head...)
	if meta.cpu >= 0 {
		dst = strconv.AppendInt(append(dst, ",cpu="...), int64(meta.cpu), 10)
	}
	return append(append(append(dst, ';'), text...), '\n')
}

func before(b []byte, sep byte) []byte {
	if i := bytes.IndexByte(b, sep); i >= 0 {
		return b[:i]
	}
	return b
}

// wholeWords takes a word off the end that may be the beginning of another one: "nf_conntr" is no module.
func wholeWords(text []byte) []byte {
	return text[:bytes.LastIndexByte(text, ' ')+1]
}

// userData is what may follow the text of a record, one " key=value" a line, that says something of the message itself
// (sysdata of drivers/net/netconsole.c, since 6.14). A user can give keys of the same names; the kernel's own entry is
// the last one.
type userData struct {
	cpu     int    // that sent the line; -1 unknown
	release string // uname -r; "" unknown
	msgid   uint32 // counts the messages that were sent
	counted bool   // there is a msgid
}

func readUserData(b []byte) userData {
	u := userData{cpu: -1}
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		b = rest
		if len(line) < 2 || line[0] != ' ' {
			continue
		}
		k, v, ok := bytes.Cut(line[1:], []byte{'='})
		if !ok {
			continue
		}
		switch string(k) {
		case "cpu":
			if n, ok := decimal(v); ok && n < 1<<16 {
				u.cpu = int(n)
			}
		case "msgid":
			if n, ok := decimal(v); ok && n < 1<<32 {
				u.msgid, u.counted = uint32(n), true
			}
		case "release":
			if isRelease(v) {
				u.release = string(v)
			}
		}
	}
	return u
}

// isRelease: short, begins with a digit, has a dot, and nothing that ends a field of the header.
func isRelease(v []byte) bool {
	if len(v) < 3 || len(v) > 64 || v[0] < '0' || v[0] > '9' || bytes.IndexByte(v, '.') < 0 {
		return false
	}
	for _, c := range v {
		if c <= ' ' || c >= 0x7f || c == ',' || c == ';' {
			return false
		}
	}
	return true
}
