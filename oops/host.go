package oops

import "github.com/nfoops/nfoops/oops/frame"

// kernelTag is what syslog daemons write before the kernel's own lines.
const kernelTag = "kernel"

// byHost splits the lines of a file that the kernels of several hosts write to. Lines without a host go with the line
// before them.
func byHost(lines []frame.Line) [][]frame.Line {
	first, several := "", false
	for i := 0; i < len(lines) && !several; i++ {
		if h := kernelHost(&lines[i]); h != "" && h != first {
			several, first = first != "", h
		}
	}
	if !several {
		return [][]frame.Line{lines}
	}
	index := map[string]int{}
	var out [][]frame.Line
	last := 0 // lines before the first host are of it
	for i := range lines {
		if h := kernelHost(&lines[i]); h != "" {
			n, ok := index[h]
			if !ok {
				n = len(index)
				index[h] = n
			}
			last = n
		}
		if last == len(out) {
			out = append(out, nil)
		}
		out[last] = append(out[last], lines[i])
	}
	return out
}

// kernelHost is the host of a line that is surely the kernel's, else "".
func kernelHost(l *frame.Line) string {
	if l.Tag == kernelTag || l.Usec >= 0 {
		return l.Host
	}
	return ""
}

// ofKernel leaves out the lines that syslog says are of other programs, where it says of any that it is the kernel's.
// It changes lines.
func ofKernel(lines []frame.Line) []frame.Line {
	kernel, others := false, false
	for i := range lines {
		tag := lines[i].Tag
		kernel = kernel || tag == kernelTag
		others = others || tag != "" && tag != kernelTag
	}
	if !kernel || !others {
		return lines
	}
	out := lines[:0]
	for i := range lines {
		if tag := lines[i].Tag; tag == "" || tag == kernelTag {
			out = append(out, lines[i])
		}
	}
	return out
}

// banners are the kernels that the hosts of an input said to have booted.
type banners map[string]banner

// banner is a kernel with its build.
type banner struct{ kernel, build Fact[string] }

// maxBanners bounds them: a hostile log has a host in every line.
const maxBanners = 1000

// note keeps the last banner of a host.
func (b *banners) note(host string, booted banner) {
	if *b == nil {
		*b = banners{}
	}
	if _, known := (*b)[host]; known || len(*b) < maxBanners {
		(*b)[host] = booted
	}
}

// of is the banner of a host: its own, or the only one that the input has.
func (b banners) of(host string) banner {
	if booted, ok := b[host]; ok || len(b) != 1 {
		return booted
	}
	for _, booted := range b {
		return booted
	}
	return banner{}
}
