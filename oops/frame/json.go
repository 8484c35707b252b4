package frame

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// takeJSON: one object a row, whose message is what the kernel printed:
//
//	{"MESSAGE":"…","_HOSTNAME":"gate","PRIORITY":"4",…}     journalctl -o json; bytes where it is no text
//	{"log":"…\n","stream":"stdout","time":"…"}              docker's log files
//	- {"dt": "…", "lvl": "target", "msg": "…"}              LAVA's log.yaml
//
// A message of several lines gives several lines.
func takeJSON(l *Line, s string) (string, bool) {
	t := strings.TrimPrefix(s, "- ")
	if len(t) < 12 || t[0] != '{' || t[1] != '"' && t[1] != ' ' || l.Format&(Stamp|Record) != 0 {
		return s, false
	}
	var in struct {
		Message   json.RawMessage `json:"MESSAGE"`
		Host      string          `json:"_HOSTNAME"`
		Tag       string          `json:"SYSLOG_IDENTIFIER"`
		Priority  string          `json:"PRIORITY"`
		Monotonic string          `json:"_SOURCE_MONOTONIC_TIMESTAMP"`
		Log       json.RawMessage `json:"log"`
		Time      string          `json:"time"`
		Msg       json.RawMessage `json:"msg"`
		Date      string          `json:"dt"`
	}
	d := json.NewDecoder(strings.NewReader(t))
	if d.Decode(&in) != nil {
		return s, false
	}
	var text string
	found := false
	for _, raw := range [...]json.RawMessage{in.Message, in.Log, in.Msg} {
		if text, found = jsonText(raw); found {
			break
		}
	}
	if !found {
		return s, false
	}
	l.Host, l.Tag = in.Host, in.Tag
	for _, when := range [...]string{in.Time, in.Date} {
		if l.Time == "" {
			l.Time = when
		}
	}
	if len(in.Priority) == 1 && digitRun(in.Priority) == 1 {
		l.Level = atoi(in.Priority) & 7
	}
	if n := len(in.Monotonic); n > 0 && n <= 18 && digitRun(in.Monotonic) == n {
		l.Usec = int64(atoi(in.Monotonic))
		if l.Time == "" {
			l.Time = strconv.FormatInt(l.Usec/1e6, 10) + "." + padded(l.Usec%1e6)
		}
	}
	l.Format |= Escape
	return text, true
}

// jsonText reads a string, or an array of bytes, without control bytes but for line ends.
func jsonText(raw json.RawMessage) (string, bool) {
	var text string
	switch {
	case len(raw) == 0:
		return "", false
	case raw[0] == '[':
		var codes []uint8Value
		if json.Unmarshal(raw, &codes) != nil {
			return "", false
		}
		b := make([]byte, len(codes))
		for i, c := range codes {
			b[i] = byte(c)
		}
		text = string(b)
	default:
		if json.Unmarshal(raw, &text) != nil {
			return "", false
		}
	}
	return plainLines(text), true
}

// uint8Value is a number from 0 to 255; encoding/json takes a slice of bytes for base64.
type uint8Value uint8

// plainLines takes the line end off a text, and what is never text out of each of its lines.
func plainLines(text string) string {
	text = strings.TrimRight(text, "\r\n")
	var b strings.Builder
	for i, part := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		out, _ := clean([]byte(part))
		b.Write(out)
	}
	return b.String()
}

// takeDatagram: a capture of datagrams, one a row with its time of arrival: `4.486881 "[    3.252802] text\n"`.
func takeDatagram(l *Line, s string) (string, bool) {
	if l.Format != 0 || len(s) < 6 || s[len(s)-1] != '"' {
		return s, false
	}
	n := digitRun(s)
	if n == 0 || n > 12 || n >= len(s) || s[n] != '.' {
		return s, false
	}
	n += 1 + digitRun(s[n+1:])
	if !strings.HasPrefix(s[n:], ` "`) {
		return s, false
	}
	text, err := strconv.Unquote(s[n+1:])
	if err != nil {
		return s, false
	}
	l.Time = s[:n]
	l.Format |= Escape
	return plainLines(text), true
}

// exportFields are the fields of journalctl -o export that have no underscore in front.
var exportFields = [...]string{
	"PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_RAW", "SYSLOG_TIMESTAMP", "MESSAGE_ID",
	"CODE_FILE", "CODE_LINE", "CODE_FUNC", "UNIT", "USER_UNIT", "INVOCATION_ID", "JOB_ID", "JOB_TYPE", "TID",
}

// takeExport: a field of journalctl -o export: "MESSAGE=text" has the kernel's words, the others (_HOSTNAME=,
// __REALTIME_TIMESTAMP=, PRIORITY=) have none.
func takeExport(l *Line, s string) (string, bool) {
	if l.Format&^Noise != 0 || len(s) < 5 {
		return s, false
	}
	if rest, ok := strings.CutPrefix(s, "MESSAGE="); ok {
		return rest, true
	}
	if s[0] != '_' && (s[0] < 'A' || s[0] > 'U') {
		return s, false
	}
	if s == "MESSAGE" { // its bytes come in the next row, behind their number
		l.Format |= Record | Dict
		return "", true
	}
	n := exportRun(s)
	if n == len(s) || s[n] != '=' || !isExport(s[:n]) {
		return s, false
	}
	l.Format |= Record | Dict
	return "", true
}

// exportRun is the length of the name at the start of s.
func exportRun(s string) int {
	i := 0
	for i < len(s) && (s[i] >= 'A' && s[i] <= 'Z' || s[i] == '_' || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	return i
}

func isExport(k string) bool {
	if len(k) > 4 && k[0] == '_' {
		return true
	}
	for _, f := range exportFields {
		if k == f {
			return true
		}
	}
	return false
}

// exportBytes takes off the number of bytes, eight of them and the lowest first, that journalctl -o export writes
// before a message that is no plain text. The message may go on over more rows.
func exportBytes(b []byte) []byte {
	const size = 8
	if len(b) > size && b[3] == 0 && b[0] != 0 && bytes.Equal(b[3:size], make([]byte, size-3)) {
		if n := int(b[0]) | int(b[1])<<8 | int(b[2])<<16; n >= len(b)-size && b[size] >= ' ' {
			return b[size:]
		}
	}
	return b
}
