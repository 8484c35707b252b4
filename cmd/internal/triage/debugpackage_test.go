package triage

import (
	"strings"
	"testing"
)

// What is proposed can be typed on the distribution that built the kernel.
func TestDebugInformationByEra(t *testing.T) {
	for _, c := range []struct{ release, build, want string }{
		{"3.2.0-4-amd64", "#1 SMP Debian 3.2.57-3", "apt-get install linux-image-3.2.0-4-amd64-dbg && "},
		{"6.8.0-31-generic", "#31-Ubuntu SMP", "apt-get install linux-image-6.8.0-31-generic-dbgsym && "},
		{"2.6.18-398.el5", "#1 SMP", "debuginfo-install kernel-2.6.18-398.el5 && "},
		{"3.10.0-1160.el7.x86_64", "#1 SMP", "debuginfo-install kernel-3.10.0-1160.el7.x86_64 && "},
		{"4.18.0-553.el8_10.x86_64", "#1 SMP", "dnf debuginfo-install kernel-core-4.18.0-553.el8_10.x86_64 && "},
		{"6.8.5-301.fc40.x86_64", "#1 SMP", "dnf debuginfo-install kernel-core-6.8.5-301.fc40.x86_64 && "},
		{"6.1.0", "#1", "nfoops analyze --vmlinux VMLINUX --modules DIR LOG"},
	} {
		a := &analysis{r: &Report{Kernel: c.release, KernelBuild: c.build}}
		if got := a.debugInformation(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s: %s", c.release, c.build, got)
		}
	}
}
