// Command bench blasts receivers of netconsole on the loopback, within bounds, and prints what they stand.
//
//	bench rate   -nfoops BIN [-netconsd BIN -module SO]   the highest rate without loss, in turns, and the CPU it takes
//	bench memory -nfoops BIN -minutes N -sources N        what a long run and many senders take
//
// The senders have addresses of their own in 127.0.0.0/8. Each step lasts two seconds; rates go up until each receiver
// loses something three times.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	nfoops := flag.String("nfoops", "bin/nfoops", "our receiver")
	netconsd := flag.String("netconsd", "", "netconsd, if there is one; several builds with commas between")
	module := flag.String("module", "", "output module for netconsd that counts")
	senders := flag.Int("senders", 64, "addresses that send in the rate test")
	minutes := flag.Float64("minutes", 2, "length of the memory test")
	sources := flag.Int("sources", 10000, "addresses that send in the memory test")
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: bench rate|memory [flags]")
		os.Exit(2)
	}
	_ = flag.CommandLine.Parse(os.Args[2:])
	var err error
	switch os.Args[1] {
	case "rate":
		err = rate(*nfoops, *netconsd, *module, *senders)
	case "memory":
		err = memory(*nfoops, *minutes, *sources)
	default:
		err = errors.New("usage: bench rate|memory [flags]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

// rates are the steps, in datagrams a second.
var rates = []int{10000, 20000, 40000, 60000, 80000, 100000, 130000, 160000, 200000, 250000, 300000, 400000, 500000}

const (
	step  = 2 * time.Second
	tries = 3
)

// receiver is a program under test.
type receiver struct {
	name  string
	start func() (*run, error)
	best  int
	cpu   time.Duration // of each datagram, at its best rate
	done  bool
}

// run is one start of it.
type run struct {
	cmd      *exec.Cmd
	port     int
	received func() (uint64, error) // after stop, or before where stopping says nothing
	clean    func()
}

func rate(nfoops, netconsd, module string, senders int) error {
	all := []*receiver{{name: "nfoops listen", start: func() (*run, error) { return startNfoops(nfoops) }}}
	for _, bin := range strings.FieldsFunc(netconsd, func(r rune) bool { return r == ',' }) {
		start := func() (*run, error) { return startNetconsd(bin, module) }
		all = append(all, &receiver{name: filepath.Base(bin), start: start})
	}
	fmt.Printf("%-26s %10s %10s %10s %12s\n", "receiver", "wanted/s", "sent/s", "lost", "CPU µs each")
	for _, r := range rates {
		going := false
		for _, rec := range all {
			if rec.done {
				continue
			}
			ok := false
			for range tries {
				sent, got, cpu, err := one(rec, r, senders)
				if err != nil {
					return fmt.Errorf("%s: %w", rec.name, err)
				}
				real := int(float64(sent) / step.Seconds()) // the sender may be slower than it should
				fmt.Printf("%-26s %10d %10d %10d %12.2f\n", rec.name, r, real, int64(sent)-int64(got),
					float64(cpu.Nanoseconds())/1000/float64(max(got, 1)))
				if ok = got >= sent; ok {
					if real > rec.best {
						rec.best, rec.cpu = real, cpu/time.Duration(max(got, 1))
					}
					break
				}
			}
			rec.done = !ok
			going = going || ok
		}
		if !going {
			break
		}
	}
	fmt.Println()
	for _, rec := range all {
		fmt.Printf("%-26s without loss up to %d datagrams/s, %v of CPU each\n", rec.name, rec.best, rec.cpu)
	}
	return nil
}

// one blasts a receiver for one step.
func one(rec *receiver, perSecond, senders int) (sent, got uint64, cpu time.Duration, err error) {
	r, err := rec.start()
	if err != nil {
		return 0, 0, 0, err
	}
	defer r.clean()
	sent, err = blast(r.port, perSecond, senders, step)
	time.Sleep(700 * time.Millisecond)
	if err != nil {
		_ = r.cmd.Process.Kill()
		return 0, 0, 0, err
	}
	got, err = r.received()
	if r.cmd.ProcessState != nil {
		cpu = r.cmd.ProcessState.UserTime() + r.cmd.ProcessState.SystemTime()
	}
	return sent, got, cpu, err
}

func startNfoops(bin string) (*run, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(bin, "listen", "127.0.0.1:0", "--inbox", filepath.Join(dir, "inbox.db"),
		"--dir", filepath.Join(dir, "hosts"), "--metrics", "127.0.0.1:0")
	talk, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &run{cmd: cmd, clean: func() { os.RemoveAll(dir) }}
	lines := bufio.NewScanner(talk)
	metrics := ""
	for metrics == "" && lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "nfoops: listening on "); ok {
			addr, err := netip.ParseAddrPort(at)
			if err != nil {
				return nil, err
			}
			r.port = int(addr.Port())
		}
		if url, ok := strings.CutPrefix(lines.Text(), "nfoops: metrics on "); ok {
			metrics = url
		}
	}
	if metrics == "" {
		return nil, errors.New("it does not start")
	}
	go func() {
		for lines.Scan() {
			fmt.Fprintln(os.Stderr, lines.Text())
		}
	}()
	r.received = func() (uint64, error) {
		n, err := scrape(metrics, "nfoops_datagrams_total")
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		return uint64(n), err
	}
	return r, nil
}

func scrape(url, name string) (float64, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(v, 64)
		}
	}
	return 0, fmt.Errorf("%s is not in the metrics", name)
}

var counted = regexp.MustCompile(`counted (\d+) records, (\d+) out of sequence, (\d+) basic`)

func startNetconsd(bin, module string) (*run, error) {
	c, err := net.ListenUDP("udp", nil)
	if err != nil {
		return nil, err
	}
	port := c.LocalAddr().(*net.UDPAddr).Port
	c.Close()
	var out strings.Builder
	cmd := exec.Command(bin, "-u", strconv.Itoa(port), module)
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	time.Sleep(200 * time.Millisecond)
	return &run{cmd: cmd, port: port, clean: func() {}, received: func() (uint64, error) {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		m := counted.FindStringSubmatch(out.String())
		if m == nil {
			return 0, fmt.Errorf("no count in %q", out.String())
		}
		n, err := strconv.ParseUint(m[1], 10, 64)
		return n, err
	}}, nil
}

// line is what hosts say.
const line = "usb 1-1: new high-speed USB device number 7 using xhci_hcd,"

// blast sends records of 100 bytes for a time, at a rate, from many addresses in turn; each numbers its own.
func blast(port, perSecond, senders int, length time.Duration) (uint64, error) {
	type sender struct {
		fd  int
		seq int
	}
	list := make([]sender, senders)
	to := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	for i := range list {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			return 0, err
		}
		defer unix.Close(fd)
		own := &unix.SockaddrInet4{Addr: [4]byte{127, 1, byte(i >> 7), byte(1 + i&0x7f)}}
		if err := unix.Bind(fd, own); err != nil {
			return 0, err
		}
		if err := unix.Connect(fd, to); err != nil {
			return 0, err
		}
		list[i] = sender{fd, 1}
	}
	var sent uint64
	begin := time.Now()
	buf := make([]byte, 0, 128)
	for i := 0; ; i++ {
		elapsed := time.Since(begin)
		if elapsed >= length {
			return sent, nil
		}
		if due := uint64(elapsed.Seconds() * float64(perSecond)); sent >= due {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		s := &list[i%senders]
		for range 8 { // a burst of one host
			buf = fmt.Appendf(buf[:0], "6,%d,%d,-;%s and some words more\n", s.seq, s.seq*10, line)
			if _, err := unix.Write(s.fd, buf); err != nil {
				return sent, err
			}
			s.seq++
			sent++
		}
	}
}

// memory sends from many addresses, ten thousand datagrams a second: records, gaps, fragments that never end, and now
// and then a warning. It prints what the receiver takes.
func memory(bin string, minutes float64, sources int) error {
	r, err := startNfoops(bin)
	if err != nil {
		return err
	}
	defer r.clean()
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(r.port))
	begin := time.Now()
	next := begin
	fmt.Printf("%8s %12s %12s\n", "seconds", "datagrams", "RSS MiB")
	sent := 0
	for seq := 1; time.Since(begin).Minutes() < minutes; seq++ {
		for i := range sources {
			var text string
			switch {
			case i%97 == seq%97:
				continue // a gap
			case i%101 == seq%101:
				text = fmt.Sprintf("6,%d,%d,-,ncfrag=0/5000;%s", seq, seq*1000000, strings.Repeat("x", 900))
			case i%1009 == seq%1009:
				text = fmt.Sprintf("4,%d,%d,-;WARNING: CPU: 0 PID: %d at net/core/dev.c:%d skb_checksum_help+0xa1/0xb0\n",
					seq, seq*1000000, seq, i)
			default:
				text = fmt.Sprintf("6,%d,%d,-;%s\n", seq, seq*1000000, line)
			}
			from := unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: [4]byte{127, 2, byte(i >> 8), byte(i)}})
			if _, _, err := conn.WriteMsgUDPAddrPort([]byte(text), from, to); err != nil {
				return err
			}
			sent++
			if sent%200 == 0 {
				if due := begin.Add(time.Duration(sent) * 100 * time.Microsecond); time.Until(due) > 0 {
					time.Sleep(time.Until(due))
				}
			}
		}
		if time.Now().After(next) {
			fmt.Printf("%8.0f %12d %12.1f\n", time.Since(begin).Seconds(), sent, rss(r.cmd.Process.Pid))
			next = next.Add(15 * time.Second)
		}
	}
	got, err := r.received()
	usage, _ := r.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	fmt.Printf("%d sent, %d received, peak RSS %.1f MiB\n", sent, got, float64(usage.Maxrss)/1024)
	return err
}

func rss(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(v)[0])
			return float64(n) / 1024
		}
	}
	return 0
}
