package oops_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// oopsOf is a short oops of a task: its number, the function and the task's id.
func oopsOf(number int, fn string, pid int) string {
	return fmt.Sprintf(`BUG: kernel NULL pointer dereference, address: 0000000000000018
Oops: 0000 [#%d] PREEMPT SMP
CPU: 1 PID: %d Comm: probe Tainted: G      D            6.6.12 #1
RIP: 0010:%s+0x21/0x90
Code: 48 89 e5 41 54 53 48 89 fb <48> 8b 07 48 85 c0 74 0c
RSP: 0018:ffffc90000123d48 EFLAGS: 00010246
RAX: 0000000000000000 RBX: ffff888100a1b2c0 RCX: 0000000000000001
Call Trace:
 <TASK>
 close_inbox+0x44/0x90
 do_exit+0x1a/0x60
 </TASK>
---[ end trace 0000000000000000 ]---
`, number, pid, fn)
}

func warnOf(cpu, pid int, fn string) string {
	return fmt.Sprintf(`------------[ cut here ]------------
WARNING: CPU: %d PID: %d at kernel/post.c:12 %s+0x21/0x90
CPU: %d PID: %d Comm: probe Tainted: G      D            6.6.12 #1
RIP: 0010:%s+0x21/0x90
Call Trace:
 <TASK>
 do_idle+0x44/0x90
 </TASK>
---[ end trace 0000000000000000 ]---
`, cpu, pid, fn, cpu, pid, fn)
}

func stallOf(seconds, pid int, fn string) string {
	return fmt.Sprintf(`watchdog: BUG: soft lockup - CPU#1 stuck for %ds! [probe:%d]
CPU: 1 PID: %d Comm: probe Not tainted 6.6.12 #1
RIP: 0010:%s+0x21/0x90
Code: 48 89 e5 41 54 53 48 89 fb <48> 8b 07 48 85 c0 74 0c
Call Trace:
 <TASK>
 %s+0x44/0x90
 sort_inbox+0x44/0x90
 do_syscall_64+0x1a/0x60
 </TASK>
`, seconds, pid, pid, fn, fn)
}

// TestAftermath holds which crashes are one incident and which are not.
func TestAftermath(t *testing.T) {
	note := "note: probe[4711] exited with irqs disabled\n"
	for _, test := range []struct {
		name, log string
		titles    []string // of the reports
		follows   []string // of the first one
	}{
		{"the dying task oopses again", oopsOf(1, "send_letter", 4711) + oopsOf(2, "drop_letter", 4711) +
			"Fixing recursive fault but reboot is needed!\n",
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter"},
			[]string{"BUG: unable to handle kernel NULL pointer dereference in drop_letter", "Fixing recursive fault but reboot is needed!"}},
		{"another task oopses", oopsOf(1, "send_letter", 4711) + oopsOf(2, "drop_letter", 4712),
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter", "BUG: unable to handle kernel NULL pointer dereference in drop_letter"}, nil},
		{"the same task of another boot", oopsOf(1, "send_letter", 4711) + oopsOf(1, "drop_letter", 4711),
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter", "BUG: unable to handle kernel NULL pointer dereference in drop_letter"}, nil},
		{"the dying task warns", oopsOf(1, "send_letter", 4711) + warnOf(1, 4711, "drop_letter"),
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter"}, []string{"WARNING"}},
		{"the idle task warns of what it left", oopsOf(1, "send_letter", 4711) + note + warnOf(1, 0, "ct_kernel_exit"),
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter"}, []string{"WARNING"}},
		{"another CPU warns", oopsOf(1, "send_letter", 4711) + note + warnOf(3, 0, "ct_kernel_exit"),
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter", "WARNING in ct_kernel_exit"}, nil},
		{"a stall that lasts", stallOf(22, 98, "compare_letters") + stallOf(48, 98, "swap_letters") + stallOf(74, 98, "compare_letters"),
			[]string{"BUG: soft lockup in sort_inbox"}, []string{"BUG: soft lockup in sort_inbox", "BUG: soft lockup in sort_inbox"}},
		{"stalls of two tasks", stallOf(22, 98, "compare_letters") + stallOf(22, 99, "compare_letters"),
			[]string{"BUG: soft lockup in sort_inbox", "BUG: soft lockup in sort_inbox"}, nil},
		{"a warning that is told to panic", strings.TrimSuffix(warnOf(1, 4711, "drop_letter"), "---[ end trace 0000000000000000 ]---\n") +
			"Kernel panic - not syncing: kernel: panic_on_warn set ...\nCPU: 1 PID: 4711 Comm: probe Tainted: G      D            6.6.12 #1\n" +
			"Call Trace:\n <TASK>\n panic+0x12/0x300\n check_panic_on_warn+0x12/0x80\n __warn+0x12/0x80\n do_idle+0x44/0x90\n </TASK>\nRebooting in 1 seconds..\n",
			[]string{"WARNING in drop_letter"}, []string{"kernel panic: kernel: panic_on_warn set ..."}},
		{"a crash inside the crash", strings.Split(oopsOf(1, "send_letter", 4711), "Call Trace")[0] +
			"Call Trace:\n <TASK>\n close_inbox+0x44/0x90\n" + oopsOf(2, "autopsy", 4711),
			[]string{"BUG: unable to handle kernel NULL pointer dereference in send_letter"}, []string{"BUG: unable to handle kernel NULL pointer dereference"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p oops.Parser
			var titles, follows []string
			for c, err := range p.Crashes(strings.NewReader(test.log)) {
				if err != nil {
					t.Fatal(err)
				}
				if titles == nil {
					for _, f := range c.FollowOn {
						follows = append(follows, f.Title)
					}
				}
				titles = append(titles, c.Title)
			}
			if !slices.Equal(titles, test.titles) || !slices.Equal(follows, test.follows) {
				t.Errorf("got %q\nfollowed by %q\nwant %q\nfollowed by %q", titles, follows, test.titles, test.follows)
			}
		})
	}
}
