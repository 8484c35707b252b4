package tui

import (
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// activityHours is how far back the sparkline goes.
const activityHours = 24

// sparkline draws one character for each bucket; the largest one is as high as a line. A bucket with anything in it
// is never as low as an empty one.
func (t theme) sparkline(buckets []store.Bucket) string {
	most := 0
	for _, b := range buckets {
		most = max(most, b.Count)
	}
	var s strings.Builder
	for _, b := range buckets {
		i := 0
		if b.Count > 0 {
			i = 1 + (b.Count*(len(t.bars)-2)+most-1)/most - 1
			i = min(max(i, 1), len(t.bars)-1)
		}
		r := t.bars[i]
		if i == 0 {
			r = '.'
		}
		s.WriteRune(r)
	}
	return s.String()
}

// activityLine is the sparkline and what it says in words.
func (t theme) activityLine(buckets []store.Bucket) string {
	if len(buckets) == 0 {
		return ""
	}
	sum, most := 0, buckets[0]
	for _, b := range buckets {
		sum += b.Count
		if b.Count > most.Count {
			most = b
		}
	}
	words := fmt.Sprintf("none in the last %d hours", len(buckets))
	if sum > 0 {
		words = fmt.Sprintf("%d in the last %d hours, most %d at %s", sum, len(buckets), most.Count,
			most.Start.Local().Format("15:04"))
	}
	return t.sparkline(buckets) + "  " + words
}
