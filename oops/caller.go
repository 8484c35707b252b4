package oops

import "github.com/nfoops/nfoops/oops/frame"

func hasCallers(lines []frame.Line) bool {
	for i := range lines {
		if lines[i].Caller != "" {
			return true
		}
	}
	return false
}

// byCaller splits the lines by their printk caller, where there is one: two CPUs that crash at once print through
// each other. Lines without a caller go with the line before them.
func byCaller(lines []frame.Line) [][]int {
	if !hasCallers(lines) {
		all := make([]int, len(lines))
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	index := map[string]int{}
	var out [][]int
	last := -1
	for i := range lines {
		k := lines[i].Caller
		if k == "" && last >= 0 {
			out[last] = append(out[last], i)
			continue
		}
		n, ok := index[k]
		if !ok {
			n = len(out)
			index[k] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
		last = n
	}
	return out
}
