package frame

import "strings"

// What a receiver that counts messages (package netconsole) writes into the text where some are missing.
const (
	lossHead = "** nfoops: lost by the network: "
	lossTail = " **"
	lossMax  = 200 // bytes of detail
)

// Loss is the line, with its end, that says in a log what the network has lost there.
func Loss(detail string) string { return lossHead + detail + lossTail + "\n" }

// LossOf gives the detail of a line that Loss made; ok is false for every other row.
func LossOf(row []byte) (detail string, ok bool) {
	if len(row) < len(lossHead) || len(row) > len(lossHead)+lossMax+len(lossTail) || row[0] != lossHead[0] {
		return "", false
	}
	text, _ := clean(row)
	s, ok := strings.CutPrefix(strings.TrimRight(string(text), " \t"), lossHead)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, lossTail)
}
