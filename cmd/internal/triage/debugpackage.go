package triage

import (
	"fmt"
	"strings"
)

// debugPackages says for each distribution how its kernels are told by release and build, and what installs their
// debug information. R stands for the release. The commands are those of the distributions' own documentation:
// wiki.debian.org/HowToGetABacktrace, documentation.ubuntu.com (debug symbol packages), dnf-plugins-core's
// debuginfo-install(1), en.opensuse.org/openSUSE:Bugreport_application_crashed, wiki.archlinux.org/title/Debuginfod.
var debugPackages = []struct {
	release, build string // what they contain
	command        string
	debuginfod     string // a server that has them; the way where there is no package
}{
	{build: "Debian", command: "apt-get install linux-image-R-dbg"},
	{build: "Ubuntu", command: "apt-get install linux-image-R-dbgsym"},
	{release: ".fc", command: "dnf debuginfo-install kernel-core-R"},
	{release: ".el5", command: "debuginfo-install kernel-R"}, // yum-utils; kernel-core is since 8
	{release: ".el6", command: "debuginfo-install kernel-R"},
	{release: ".el7", command: "debuginfo-install kernel-R"},
	{release: ".el", command: "dnf debuginfo-install kernel-core-R"},
	{release: "-default", command: "zypper install kernel-default-debuginfo"},
	{release: "-arch", debuginfod: "https://debuginfod.archlinux.org"},
}

// debugInformation says how to get the debug information of the crashed kernel, and what to type then.
func (a *analysis) debugInformation() string {
	release := shellWord(a.r.Kernel)
	if a.r.Kernel == "" || release != a.r.Kernel {
		return "nfoops analyze --vmlinux VMLINUX --modules DIR LOG"
	}
	for _, p := range debugPackages {
		if p.release != "" && !strings.Contains(release, p.release) || !strings.Contains(a.r.KernelBuild, p.build) {
			continue
		}
		if p.debuginfod != "" {
			return fmt.Sprintf("DEBUGINFOD_URLS=%s nfoops analyze --debuginfod --release %s LOG", p.debuginfod, release)
		}
		return strings.ReplaceAll(p.command, "R", release) + " && nfoops analyze --release " + release + " LOG"
	}
	return "nfoops analyze --vmlinux VMLINUX --modules DIR LOG"
}

// missingLines says which places have no line of the source, and what would give it.
func (a *analysis) missingLines(add func(what, gives, how string)) {
	if len(a.r.Matches) > 0 && a.r.Verdict.Status == "known" {
		return // the bug is known, and its source with it
	}
	refused := false
	for _, s := range a.r.Symbols {
		refused = refused || !s.Used && !strings.HasPrefix(s.Detail, "not found")
	}
	places := 0
	look := func(p *Place) {
		if p.Symbol != "" && p.File == "" && len(p.Candidates) == 0 {
			places++
		}
	}
	if a.r.IP != nil {
		look(a.r.IP)
	}
	for i := range a.r.Trace {
		if f := &a.r.Trace[i]; f.Reliable {
			look(&f.Place)
		}
	}
	if places == 0 {
		return
	}
	of := a.r.Kernel
	if of == "" {
		of = "this kernel"
	}
	if refused {
		of += ", of just this build"
	}
	add("debug information of "+of, "the line of the source for "+count(places, "place", "places"), a.debugInformation())
}
