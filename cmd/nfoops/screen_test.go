package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// screenLog is a made-up crash that no entry fits.
const screenLog = `[  100.000001] eth0: link is up
[ 9961.204401] BUG: kernel NULL pointer dereference, address: 0000000000000018
[ 9961.204402] #PF: supervisor read access in kernel mode
[ 9961.204403] Oops: 0000 [#1] PREEMPT SMP NOPTI
[ 9961.204404] CPU: 3 PID: 0 Comm: swapper/3 Not tainted 6.1.90-1-amd64 #1 Debian 6.1.90-1
[ 9961.204405] RIP: 0010:sample_setup+0x1c4/0x8a0 [sample]
[ 9961.204406] Code: 84 c0 74 12 48 8b 43 08 <48> 8b 50 18 48 85 d2 74 0f
[ 9961.204407] RSP: 0018:ffffc90000100c60 EFLAGS: 00010246
[ 9961.204408] RAX: 0000000000000000 RBX: ffff88800587bea0 RCX: 0000000000000001
[ 9961.204409] RDX: 00000000000000ff RSI: ffffc90000100c98 RDI: ffff888003f3e540
[ 9961.204410] Call Trace:
[ 9961.204411]  <IRQ>
[ 9961.204412]  ? sched_clock_cpu+0x9/0xb0
[ 9961.204413]  sample_inet+0x46/0x80 [sample]` + " \x1b]0;owned\a\x1b[2J" + `
[ 9961.204414]  sample_hook+0x41/0xf0
[ 9961.204415]  sample_deliver+0xce/0x110
[ 9961.204416]  </IRQ>
[ 9961.204417] ---[ end trace 0000000000000000 ]---
`

// terminal is a real one: tmux with a server of its own.
type terminal struct {
	t      *testing.T
	socket string
}

func startTerminal(t *testing.T, w, h int, env, command string) *terminal {
	t.Helper()
	x := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", x.socket, "kill-server").Run() })
	shell := fmt.Sprintf("env LC_ALL=C.UTF-8 TERM=tmux-256color %s %s; echo END $?; cat", env, command)
	x.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h), shell)
	return x
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-u", "-S", x.socket}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (x *terminal) keys(keys ...string) { x.tmux(append([]string{"send-keys"}, keys...)...) }

func (x *terminal) resize(w, h int) {
	x.tmux("resize-window", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h))
}

// waits until the screen has all of these texts, and gives it.
func (x *terminal) waits(texts ...string) string {
	x.t.Helper()
	screen := ""
	for range 1200 {
		screen = x.tmux("capture-pane", "-p")
		found := 0
		for _, text := range texts {
			if strings.Contains(screen, text) {
				found++
			}
		}
		if found == len(texts) {
			return screen
		}
		time.Sleep(50 * time.Millisecond)
	}
	x.t.Fatalf("%q is not on the screen:\n%s", texts, screen)
	return ""
}

// golden compares a screen with what it was when somebody last looked at it.
func golden(t *testing.T, name, screen string) {
	t.Helper()
	path := filepath.Join("testdata", "screens", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(screen), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if screen != string(want) {
		t.Errorf("%s is another screen (make golden-update):\n%s\nwant\n%s", name, screen, want)
	}
}

// needTmux gives the program, built for a terminal. Without tmux the test is left out, which CI does not allow.
func needTmux(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("NFOOPS_ORACLE") == "require" {
			t.Fatal("tmux is missing")
		}
		t.Skip("left out: tmux is missing (apt install tmux)")
	}
	bin := filepath.Join(t.TempDir(), "nfoops")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// The program on a real terminal, driven by keys.
func TestScreensInTmux(t *testing.T) {
	bin := needTmux(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "oops.txt")
	if err := os.WriteFile(log, []byte(screenLog), 0o644); err != nil {
		t.Fatal(err)
	}
	x := startTerminal(t, 80, 24, "NO_COLOR=1", bin+" tui --source "+dir+" "+log)
	x.waits("1 crash, 1 bug", "UNKNOWN", "you run   6.1.90-1-amd64")
	x.keys("Enter")
	x.waits("[1 Report]", "WHERE       sample_setup+0x1c4/0x8a0")
	x.keys("2", "Down", "Down")
	golden(t, "trace-80x24", x.waits("raw log, line 14", "▸   2"))
	x.keys("Enter")
	golden(t, "raw-80x24", x.waits("[5 Raw]", "▸      14"))
	if sequences := x.tmux("capture-pane", "-p", "-e"); regexp.MustCompile("\x1b\\[[0-9;]*[34][0-7]").MatchString(sequences) {
		t.Errorf("NO_COLOR is set, and there are colours: %q", sequences)
	}
	if title := x.tmux("display-message", "-p", "#{pane_title}"); strings.Contains(title, "owned") {
		t.Errorf("the log changed the title of the window: %q", title)
	}
	x.resize(60, 15)
	golden(t, "raw-60x15", x.waits("[5 Raw]", "▸      14", "Tab next tab"))
	x.resize(40, 10)
	x.waits("needs 60 columns and 15")
	x.resize(80, 24)
	x.waits("[5 Raw]", "Esc back")
	x.keys("3")
	x.waits("[3 Code]", "▸ =>     0  48 8b 50 18  mov 0x18(%rax),%rdx")
	x.keys("4")
	golden(t, "registers-80x24", x.waits("[4 Registers]", "raw log, line"))
	x.keys("t")
	x.waits("t: notes are kept in an inbox")
	x.keys("?")
	x.waits("nfoops tui: keys", "Keys that work where you come from")
	x.keys("q")
	if screen := x.waits("END 0"); strings.Contains(screen, "nfoops tui: keys") {
		t.Errorf("the screen was not given back:\n%s", screen)
	}
}

// Another process puts a crash into the inbox that is on the screen; then the window is closed while a note is being
// written.
func TestInboxInTmux(t *testing.T) {
	bin := needTmux(t)
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "inbox.db")
	s, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func(title string) {
		t.Helper()
		r := &triage.Report{
			Title: title, Kind: "gpf", Severity: "oops", Verdict: triage.Verdict{Status: "unknown"},
			Fingerprint: triage.Fingerprint{Similar: title},
		}
		if _, err := s.Add(ctx, &store.Crash{Seen: time.Now(), Host: "web-07", Report: r, Raw: []byte(screenLog)}); err != nil {
			t.Fatal(err)
		}
	}
	x := startTerminal(t, 80, 24, "", bin+" tui --ascii --inbox "+path)
	x.waits("The inbox is empty, which is good.")
	put("general protection fault in sample_one")
	x.waits("1 crash, 1 bug, 1 new", "general protection fault in sampl")
	put("general protection fault in sample_two")
	x.waits("2 crashes, 2 bugs", "1 crash came in")
	x.keys("t")
	x.waits("Note on")
	x.keys("-l", "looked at it")
	x.waits("looked at it")
	x.tmux("kill-session")
	for range 600 {
		groups, err := s.Groups(ctx, store.Filter{Text: "sample_two"})
		if err != nil {
			t.Fatal(err)
		}
		if groups[0].Notes == 1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the note is lost")
}
