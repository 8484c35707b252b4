package oops

import (
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

func hasCallers(lines []frame.Line) bool {
	for i := range lines {
		if lines[i].Caller != "" {
			return true
		}
	}
	return false
}

// byCaller splits the lines by their printk caller, where there is one: two CPUs that crash at once print through
// each other. Where there is none the CPU that sent a line may do. Lines of nobody go with the line before them.
func byCaller(lines []frame.Line) [][]int {
	who := func(i int) string { return lines[i].Caller }
	if !hasCallers(lines) {
		cpus := senders(lines)
		who = func(i int) string {
			if cpus == nil || cpus[i] < 0 {
				return ""
			}
			return strconv.Itoa(cpus[i])
		}
		if cpus == nil {
			all := make([]int, len(lines))
			for i := range all {
				all[i] = i
			}
			return [][]int{all}
		}
	}
	index := map[string]int{}
	var out [][]int
	last := -1
	for i := range lines {
		k := who(i)
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

func hasSenders(lines []frame.Line) bool {
	for i := range lines {
		if lines[i].CPU >= 0 {
			return true
		}
	}
	return false
}

// senders is the CPU that sent each line (cpu= of extended netconsole, -1 unknown), if that tells two dumps apart: a
// CPU may also send what another one has printed, so all lines that name a CPU must have been sent by it, and they must
// name more than one. Else it is nil.
func senders(lines []frame.Line) []int {
	if !hasSenders(lines) {
		return nil
	}
	cpus := make([]int, len(lines))
	seen, several := -1, false
	for i := range lines {
		cpus[i] = -1
		if lines[i].Format&frame.Dict != 0 {
			continue
		}
		cpu := lines[i].CPU
		for j := i + 1; cpu < 0 && j < len(lines) && lines[j].Format&frame.Dict != 0; j++ {
			cpu = lines[j].CPU
		}
		cpus[i] = cpu
		n := lineCPU(strings.TrimSpace(lines[i].Text))
		switch {
		case n < 0:
			continue
		case n != cpu:
			return nil
		}
		several = several || seen >= 0 && n != seen
		seen = n
	}
	if !several {
		return nil
	}
	return cpus
}

// transportFacts fills in what the crash does not say itself and netconsole says of its lines: the release, and the CPU
// if all lines came from one.
func (o *open) transportFacts() {
	c := o.c
	cpu, one := -1, true
	for i := range c.Lines {
		ln := &c.Lines[i]
		if ln.Release != "" && !c.Kernel.Known() {
			c.Kernel.set(ln.Release, ln.Num)
		}
		if ln.CPU >= 0 {
			one = one && (cpu < 0 || cpu == ln.CPU)
			cpu = ln.CPU
		}
	}
	if cpu >= 0 && one && !c.CPU.Known() {
		c.CPU.set(cpu, c.FirstLine)
	}
}
