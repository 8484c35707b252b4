package triage

import (
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// otherAddress holds the logs whose printed address is not that of the instruction's access, with the reason. None of
// those that were read so far is such a one.
var otherAddress = map[string]string{}

// The address that the faulting instruction and the registers give is the one that the kernel printed.
func TestAddressOfLogs(t *testing.T) {
	both, equal, explained, without := 0, 0, 0, 0
	for _, c := range codeCases(t) {
		crash := c.a.crash
		if !c.isX86() || !crash.FaultAddress.Known() || !addressed(crash.Kind) || crash.Kind == oops.DoubleFault {
			continue
		}
		c.a.diagnose(t.Context())
		e := &c.a.effect
		if e.Access == "" || e.Agrees == nil {
			without++
			continue
		}
		both++
		switch {
		case *e.Agrees:
			equal++
		case otherAddress[c.file] != "":
			explained++
		default:
			t.Errorf("%s:%d: the log says %#x: %s", c.file, c.line, crash.FaultAddress.Value, e.Why)
		}
	}
	t.Logf("%d crashes print registers and the address, %d agree: %.2f %%; %d are explained; %d more print no such register",
		both, equal, 100*float64(equal)/float64(max(both, 1)), explained, without)
	if equal*100 < both*97 {
		t.Errorf("%d of %d agree, less than 97 %%", equal, both)
	}
}
