package frame

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestInOrder holds that the parts of a pstore dump come oldest first, whatever the order of the files.
func TestInOrder(t *testing.T) {
	for _, test := range []struct{ rows, want string }{
		{"a b c", "a b c"},
		{"a Panic#1_Part1 b c", "a Panic#1_Part1 b c"},
		{"x Panic#1_Part1 e f Panic#1_Part2 c d Panic#1_Part3 a b", "x Panic#1_Part3 a b Panic#1_Part2 c d Panic#1_Part1 e f"},
		{"Panic#1_Part3 a Panic#1_Part2 b Panic#1_Part1 c", "Panic#1_Part3 a Panic#1_Part2 b Panic#1_Part1 c"},
		{"Oops#1_Part1 b Oops#1_Part2 a Panic#2_Part1 d Panic#2_Part2 c", "Oops#1_Part2 a Oops#1_Part1 b Panic#2_Part2 c Panic#2_Part1 d"},
		{"Oops#1_Part1 a Oops#1_Part1 b", "Oops#1_Part1 a Oops#1_Part1 b"},
		{"Oops#1_Part10 a Oops#1_Part9 b Oops#1_Part11 c", "Oops#1_Part11 c Oops#1_Part10 a Oops#1_Part9 b"},
	} {
		var rows []Row
		for i, s := range strings.Fields(test.rows) {
			rows = append(rows, Row{Num: i + 1, Text: []byte(strings.ReplaceAll(s, "_", " "))})
		}
		before := fmt.Sprint(rows)
		var got []string
		for _, r := range InOrder(rows) {
			got = append(got, strings.ReplaceAll(string(r.Text), " ", "_"))
		}
		if !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%s: %v, want %s", test.rows, got, test.want)
		}
		if fmt.Sprint(rows) != before {
			t.Errorf("%s: the rows that were given changed", test.rows)
		}
	}
}

func FuzzInOrder(f *testing.F) {
	f.Add("x\nPanic#1 Part1\nb\nPanic#1 Part2\na")
	f.Fuzz(func(t *testing.T, text string) {
		var rows []Row
		for i, s := range strings.Split(text, "\n") {
			rows = append(rows, Row{Num: i + 1, Text: []byte(s)})
		}
		var nums []int
		for _, r := range InOrder(rows) {
			nums = append(nums, r.Num)
		}
		slices.Sort(nums)
		for i, n := range nums {
			if n != i+1 {
				t.Fatalf("rows were lost or doubled: %v", nums)
			}
		}
		if len(nums) != len(rows) {
			t.Fatalf("%d rows of %d", len(nums), len(rows))
		}
	})
}
