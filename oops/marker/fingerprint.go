package marker

import (
	"encoding/binary"
	"math"
	"strings"
)

// fingerprintLen is how many bytes a fingerprint has; no marker is shorter.
const fingerprintLen = 4

// fingerprint is that of a marker.
type fingerprint struct {
	bytes uint32
	slot  uint32
	text  string
	at    int // where in the text it is
}

// fingerprintOf chooses the rarest bytes of a text.
func fingerprintOf(text string) fingerprint {
	best, least := 0, 0.0
	for i := 0; i+fingerprintLen <= len(text); i++ {
		cost := 1.0
		for k := 1; k < fingerprintLen; k++ {
			cost *= pairShare(text[i+k-1 : i+k+1])
		}
		if strings.Contains(commonWords, text[i:i+fingerprintLen]) {
			cost = max(cost, 1e-4) // more than any other has
		}
		if i == 0 || cost < least {
			best, least = i, cost
		}
	}
	v := binary.LittleEndian.Uint32([]byte(text[best:]))
	return fingerprint{bytes: v, slot: hash(v) >> (32 - slotBits), text: text, at: best}
}

// commonPairs are the most frequent pairs of letters in English and in logs.
const commonPairs = "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve " +
	"co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur us el la ta am ac ad ge ss ec et un di no ut im ct po " +
	"il em pe ee ol tr sh rt ab ow lo ai su pr ns id rs ul em ag ap ev ck mo da ir ca ot ke ef fi vi so do ex op up " +
	"bl wi pa oc"

// commonWords stand in logs more often than their pairs of letters tell: a fingerprint in one of them is chosen only
// where the marker has no other.
const commonWords = "PASSED expected included available Intel CPU: CPU failed for "

// pairShare is about how often two bytes come in logs.
func pairShare(pair string) float64 {
	if i := strings.Index(commonPairs, pair); i >= 0 && i%3 == 0 {
		return 0.005
	}
	return share(pair[0]) * share(pair[1])
}

// share is about how often a byte comes in logs: the counts of some boot logs, test logs and build logs, rounded.
func share(c byte) float64 {
	switch {
	case c == ' ' || c == '0':
		return 0.08
	case c >= '1' && c <= '9':
		return 0.025
	case c == 'e' || c == 's' || c == 't' || c == 'r' || c == 'i' || c == 'a' || c == 'n' || c == 'o' || c == 'd':
		return 0.04
	case c >= 'a' && c <= 'z':
		return 0.015
	case c == ':' || c == '.' || c == '[' || c == ']' || c == '-' || c == '_' || c == '/':
		return 0.015
	case c >= 'A' && c <= 'Z':
		return 0.003
	}
	return 0.001
}

// groupCount is the number of groups. With eight a place in four of ordinary logs would be looked at twice.
const groupCount = 16

// group is the nibbles, and the lower six bits, that the bytes of some fingerprints have.
type group [fingerprintLen]struct {
	low, high uint16
	six       uint64
}

func (g *group) add(v uint32) {
	for k := range g {
		c := byte(v >> (8 * k))
		g[k].low |= 1 << (c & 15)
		g[k].high |= 1 << (c >> 4)
		g[k].six |= 1 << (c & 63)
	}
}

// grouped puts each fingerprint into the group that it makes least more often found.
func grouped(prints []fingerprint) (sets [groupCount]group) {
	var costs [groupCount]float64
	seen := map[uint32]bool{}
	for _, p := range prints {
		if seen[p.bytes] {
			continue
		}
		seen[p.bytes] = true
		var best group
		at, cost, least := 0, 0.0, math.Inf(1)
		for g := range sets {
			more := sets[g]
			more.add(p.bytes)
			if c := more.cost(); c-costs[g] < least {
				best, at, cost, least = more, g, c, c-costs[g]
			}
		}
		sets[at], costs[at] = best, cost
	}
	return sets
}

// shares are those of all bytes.
var shares = func() (all [256]float64) {
	for c := range all {
		all[c] = share(byte(c))
	}
	return all
}()

// cost is about how often the group is found where none of its fingerprints stands.
func (g *group) cost() float64 {
	all := 1.0
	for k := range g {
		sum := 0.0
		for c := range shares {
			if g[k].low>>(c&15)&1 != 0 && g[k].high>>(c>>4)&1 != 0 {
				sum += shares[c]
			}
		}
		all *= sum
	}
	return all
}
