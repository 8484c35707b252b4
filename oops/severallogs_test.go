package oops_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
)

// TestSeveralLogs holds that logs which were put one behind another are a crash each, as they are alone, also where a log
// comes three times: the number of the dump ("[#1]") tells that it is of another boot.
func TestSeveralLogs(t *testing.T) {
	var numbered []era
	var alone []*oops.Crash
	for _, e := range append(eras, machines...) {
		if c := onlyCrash(t, e.log); c != nil && c.Number.Known() && strings.Contains(e.log, "[#1]") && c.Kernel.Known() {
			numbered, alone = append(numbered, e), append(alone, c)
		}
	}
	if len(numbered) < 10 {
		t.Fatalf("only %d dumps with a number", len(numbered))
	}
	const ordinary = "usb 1-1: new high-speed USB device number 4 using xhci_hcd\nIPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready\n"
	for i := range numbered {
		k := (i + 3) % len(numbered)
		for _, between := range []string{"", ordinary, strings.Repeat(ordinary, 50)} {
			for _, order := range [][]int{{i, k}, {i, i, i}} {
				var b strings.Builder
				for _, n := range order {
					b.WriteString(numbered[n].log + between)
				}
				found := crashes(t, []byte(b.String()))
				if len(found) != len(order) {
					t.Errorf("%s and %s, %d bytes between: %d crashes", numbered[i].name, numbered[k].name, len(between), len(found))
					continue
				}
				for j, n := range order {
					if diff := cmp.Diff(alone[n], framingFree(found[j]), cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
						t.Errorf("%s, at %d, %d bytes between (-alone +together):\n%s", numbered[n].name, j, len(between), diff)
					}
				}
			}
		}
	}
}
