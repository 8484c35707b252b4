package kb

import (
	"strconv"
	"strings"
)

// kernel is a kernel version as far as a release string gives it away.
type kernel struct {
	// series names a line of releases: 6.1, or 2.6.11 in the days of 2.6.
	series [3]int
	// point is the stable release in the series, rc the number of the release candidate; 0 is the release itself.
	point, rc int
	// pointKnown is false where the distribution prints an ABI number instead of the stable release.
	pointKnown bool
	// beyond says that commits follow after the named version ("+", "-00123-gabc").
	beyond bool
	// backports says that the distribution takes many changes from newer kernels, so that only what the named series
	// itself holds is certain.
	backports bool
}

// parseVersion reads a bare version: "6.1", "v6.13-rc6", "2.6.11.10", "5.10.121".
func parseVersion(s string) (kernel, bool) {
	k, rest, ok := readVersion(strings.TrimPrefix(s, "v"))
	if !ok || rest != "" {
		return kernel{}, false
	}
	return k, true
}

// readVersion reads a version from the front of s and returns what follows it.
func readVersion(s string) (k kernel, rest string, ok bool) {
	var n [4]int
	count := 0
	rest = s
	for count < 4 {
		end := 0
		for end < len(rest) && end < 6 && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		if end == 0 || end > 5 {
			return kernel{}, "", false
		}
		n[count], _ = strconv.Atoi(rest[:end])
		count++
		rest = rest[end:]
		if len(rest) < 2 || rest[0] != '.' || rest[1] < '0' || rest[1] > '9' || count == 4 {
			break
		}
		rest = rest[1:]
	}
	if count < 2 {
		return kernel{}, "", false
	}
	k.pointKnown = true
	switch {
	case n[0] < 3: // 2.4.18, 2.6.11.10: the third number names the series
		k.series = [3]int{n[0], n[1], n[2]}
		k.point = n[3]
	default:
		k.series = [3]int{n[0], n[1], 0}
		k.point = n[2]
	}
	if after, found := strings.CutPrefix(rest, "-rc"); found {
		end := 0
		for end < len(after) && end < 3 && after[end] >= '0' && after[end] <= '9' {
			end++
		}
		if end > 0 {
			k.rc, _ = strconv.Atoi(after[:end])
			rest = after[end:]
		}
	}
	return k, rest, true
}

// debianFlavours end the release string of a Debian kernel.
var debianFlavours = []string{
	"-amd64", "-686", "-686-pae", "-686-smp", "-486", "-arm64", "-arm64-16k", "-armmp", "-armmp-lpae", "-powerpc64le",
	"-s390x", "-riscv64", "-marvell", "-rpi", "-loongson-3", "-4kc-malta", "-5kc-malta", "-octeon", "-mips64r2el",
}

// backportMarks stand in the release or build string of kernels with many backports: RHEL and its kin, OpenVZ, Oracle,
// Ubuntu and what is built on it, SUSE, Android.
var backportMarks = []string{
	".el5", ".el6", ".el7", ".el8", ".el9", ".el10", "stab", "vz7", "vz8", "vz9", ".EL", "uek", "-Ubuntu", "~Ubuntu",
	"-generic",
	"-lowlatency", "-pve", "-default", "-preempt", "-android", "-oem",
}

// parseKernel reads uname -r together with the rest of the version line.
//
// The ABI name of a Debian kernel, 6.1.0-21-amd64, is not its version; that stands in the build: "Debian 6.1.90-1".
func parseKernel(release, build string) (kernel, bool) {
	k, rest, ok := readVersion(release)
	if !ok {
		return kernel{}, false
	}
	if _, after, found := strings.Cut(build, "Debian "); found {
		if d, _, ok := readVersion(after); ok && d.series == k.series {
			d.rc = k.rc
			return d, true
		}
	}
	if _, after, found := strings.Cut(rest, ".rc"); found && strings.HasPrefix(rest, "-0.") && k.rc == 0 {
		// Fedora's 6.1.0-0.rc3.20221104git… is some commits behind 6.1-rc3, rc0 a tree before the first candidate.
		digits, _, _ := strings.Cut(after, ".")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > 99 {
			return kernel{}, false
		}
		k.rc, k.beyond = n, true
		return k, true
	}
	if isDebianABI(k, rest) {
		k.pointKnown = false
		return k, true
	}
	if !strings.Contains(release, "elrepo") { // elrepo ships the stable kernel as it is
		for _, mark := range backportMarks {
			if strings.Contains(rest, mark) || strings.Contains(build, mark) {
				k.backports = true
				k.pointKnown = false
				return k, true
			}
		}
	}
	// On top of a stable release a bare "+" is somebody's own change (6.6.69-v8+), on mainline it may be anything.
	// linux-next, 5.4.0-rc4-next-20191024, holds what the release after that brings.
	k.beyond = strings.HasSuffix(rest, "+") && k.point == 0 || commitsOnTop(rest) || strings.Contains(rest, "-next-")
	return k, true
}

// isDebianABI tells 6.1.0-21-amd64, 5.10.0-0.deb10.16-amd64 and 2.6.32-5-686 from a version.
func isDebianABI(k kernel, rest string) bool {
	if k.point != 0 || !strings.HasPrefix(rest, "-") || len(rest) < 2 || rest[1] < '0' || rest[1] > '9' {
		return false
	}
	for _, flavour := range debianFlavours {
		if strings.HasSuffix(rest, flavour) {
			return true
		}
	}
	return false
}

// commitsOnTop finds what scripts/setlocalversion appends to a tree that is not at a tag: -00123-gabcdef012345.
func commitsOnTop(rest string) bool {
	for part := range strings.SplitSeq(rest, "-") {
		if len(part) >= 8 && part[0] == 'g' && isHex(strings.TrimSuffix(part[1:], "+")) {
			return true
		}
	}
	return false
}

// compareSeries orders series; the stable release plays no part.
func compareSeries(a, b kernel) int {
	for i := range a.series {
		if a.series[i] != b.series[i] {
			return a.series[i] - b.series[i]
		}
	}
	return 0
}

// compareKernels orders versions: 6.13-rc1 < 6.13-rc2 < 6.13 < 6.13.1.
func compareKernels(a, b kernel) int {
	if c := compareSeries(a, b); c != 0 {
		return c
	}
	if a.rc != b.rc {
		switch {
		case a.rc == 0:
			return 1
		case b.rc == 0:
			return -1
		}
		return a.rc - b.rc
	}
	return a.point - b.point
}

// CompareVersions orders bare versions such as those of Fixed: 5.4.9 < 5.10.1 < 6.13-rc1 < 6.13. What is no version
// comes first.
func CompareVersions(a, b string) int {
	va, _ := parseVersion(a)
	vb, _ := parseVersion(b)
	if c := compareKernels(va, vb); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// seriesName is the key under which an entry lists a stable series: "6.1", "2.6.32".
func seriesName(k kernel) string {
	s := strconv.Itoa(k.series[0]) + "." + strconv.Itoa(k.series[1])
	if k.series[0] < 3 {
		s += "." + strconv.Itoa(k.series[2])
	}
	return s
}

// isNextSeries says whether version b belongs to the series that came right after that of a.
func isNextSeries(a, b kernel) bool {
	x, y := a.series, b.series
	if x[0] < 3 && x[0] == y[0] {
		return x[1] == y[1] && x[2]+1 == y[2]
	}
	return x[0] == y[0] && x[1]+1 == y[1] || x == lastSeries[x[0]] && x[0]+1 == y[0] && y[1] == 0
}

// lastSeries are those after which the first number went up.
var lastSeries = map[int][3]int{2: {2, 6, 39}, 3: {3, 19}, 4: {4, 20}, 5: {5, 19}, 6: {6, 19}}
