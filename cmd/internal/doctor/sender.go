package doctor

import (
	"fmt"
	"strings"
)

// modprobe is how netconsole is set up by hand; the words in capitals are the reader's to fill in.
const modprobe = "modprobe netconsole 'netconsole=%s6665@OWN-IP/NIC,6666@LISTENER-IP/MAC-OF-LISTENER-OR-ROUTER'"

// wish is the beginning of a target: the extended form since 4.4, with the release since 6.6.
func (m *machine) wish() string {
	switch {
	case m.since(6, 6):
		return "+r"
	case m.since(4, 4):
		return "+"
	}
	return ""
}

// consoles are the names of /proc/consoles that are enabled: "netcon_ext0", "netcon0", "ttyS0".
func (m *machine) consoles() (names []string, ok bool) {
	text, ok := m.read("proc/consoles")
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, flags, open := strings.Cut(rest, "("); open && strings.HasPrefix(flags, "E") {
			names = append(names, name)
		}
	}
	return names, ok
}

// speaks says whether netconsole is enabled, and in which forms.
func (m *machine) speaks() (basic, extended, known bool) {
	names, known := m.consoles()
	for _, n := range names {
		basic = basic || strings.HasPrefix(n, "netcon") && !strings.HasPrefix(n, "netcon_ext")
		extended = extended || strings.HasPrefix(n, "netcon_ext")
	}
	return basic, extended, known
}

func netconsole(m *machine) Finding {
	basic, extended, known := m.speaks()
	again := m.atBoot()
	switch {
	case !known:
		return Finding{State: Unknown, Says: "/proc/consoles can't be read, so it is not known whether netconsole speaks."}
	case !basic && !extended:
		f := Finding{State: Bad, Says: "Nothing is sent: no netconsole is enabled. Fill in the words in capitals; the listener is the machine that runs nfoops listen.", Type: []string{fmt.Sprintf(modprobe, m.wish())}}
		if m.config("CONFIG_NETCONSOLE") == "n" {
			return Finding{State: Bad, Says: "This kernel has no netconsole (CONFIG_NETCONSOLE is not set)."}
		}
		if again {
			f.Says += " It is in the configuration of the boot, so it failed there: dmesg | grep -e netpoll -e netconsole tells why."
		} else {
			f.Type = append(f.Type, m.keep()...)
		}
		return f
	case !extended && m.since(4, 4):
		return Finding{State: Bad, Says: "netconsole speaks, in its basic form: lost and reordered lines can't be seen.",
			Type: []string{"modprobe -r netconsole", fmt.Sprintf(modprobe, m.wish())}}
	case !again:
		return Finding{State: Note, Says: "netconsole speaks, and will not after the next boot: nothing in /etc sets it up.",
			Type: m.keep()}
	}
	form := "in its extended form"
	if !extended {
		form = "in its basic form, the only one of this kernel"
	}
	return Finding{State: OK, Says: "netconsole speaks, " + form + "."}
}

// keep makes the set-up outlive a boot.
func (m *machine) keep() []string {
	options := strings.TrimPrefix(fmt.Sprintf(modprobe, m.wish()), "modprobe netconsole ")
	return []string{
		"echo netconsole > /etc/modules-load.d/netconsole.conf",
		"echo options netconsole " + options + " > /etc/modprobe.d/netconsole.conf",
	}
}

// atBoot says whether something sets netconsole up when the machine starts.
func (m *machine) atBoot() bool {
	if strings.Contains(m.line("proc/cmdline"), "netconsole=") {
		return true
	}
	for _, dir := range []string{"etc/modprobe.d", "usr/lib/modprobe.d", "etc/modules-load.d", "etc/systemd/system", "etc/sysconfig", "etc/default"} {
		for _, name := range m.names(dir) {
			if dir == "etc/modprobe.d" || dir == "usr/lib/modprobe.d" {
				if text, _ := m.read(dir + "/" + name); hasLine(text, "options netconsole") {
					return true
				}
			}
			if strings.Contains(name, "netconsole") {
				return true
			}
		}
	}
	return false
}

func hasLine(text, prefix string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.Join(strings.Fields(line), " "), prefix) {
			return true
		}
	}
	return false
}

// target looks at each target that configfs shows (drivers/net/netconsole.c). Those of module parameters are there in
// late kernels of 6.x and since.
func target(m *machine) Finding {
	const dir = "sys/kernel/config/netconsole"
	var wrong, right []string
	var advice []string
	for _, name := range m.names(dir) {
		at := dir + "/" + name + "/"
		if m.line(at+"enabled") != "1" {
			continue
		}
		nic := m.line(at + "dev_name")
		to := m.line(at+"remote_ip") + ":" + m.line(at+"remote_port")
		switch m.line(at + "remote_mac") {
		case "ff:ff:ff:ff:ff:ff":
			wrong = append(wrong, fmt.Sprintf("%s sends to %s by broadcast, which no router passes on and some switches hold back", name, to))
			advice = append(advice, "ip neigh show "+m.line(at+"remote_ip")+"  # the MAC address to give, or that of the router")
		default:
			right = append(right, fmt.Sprintf("%s sends to %s by %s", name, to, nic))
		}
	}
	nic := "What happens in the receive path of the network card that sends is never sent: a second card, or serial console, or pstore sees it."
	switch {
	case len(wrong) > 0:
		return Finding{State: Note, Says: strings.Join(wrong, "; ") + ".", Type: advice}
	case len(right) > 0:
		return Finding{State: Note, Says: strings.Join(right, "; ") + ". " + nic}
	}
	if basic, extended, _ := m.speaks(); basic || extended {
		return Finding{State: Note, Says: "The targets can't be seen (configfs is not mounted, or this kernel does not list them). " + nic,
			Type: []string{"mount -t configfs none /sys/kernel/config"}}
	}
	return Finding{}
}

// panicTimeout: kernel.panic. In 7.x netconsole is a console of the new kind (nbcon) that may not print from a panic but
// in the last flush, before the machine stands still for good; with a reboot it never comes to that. 6.12 and older
// print at once. What is between was not tried.
func panicTimeout(m *machine) Finding {
	n, ok := m.number("proc/sys/kernel/panic")
	basic, extended, _ := m.speaks()
	speaks := basic || extended
	major, minor := m.version()
	still := "The machine stands still after a panic until somebody resets it (kernel.panic is 0)."
	switch {
	case !ok:
		return Finding{State: Unknown, Says: "kernel.panic can't be read."}
	case speaks && n != 0 && major >= 7:
		return Finding{State: Bad, Says: fmt.Sprintf("With kernel.panic = %d this kernel (%s) reboots before netconsole has sent one line of a panic.", n, m.release),
			Type: []string{"sysctl -w kernel.panic=0", "echo kernel.panic=0 > /etc/sysctl.d/90-panic.conf"}}
	case speaks && n != 0 && major == 6 && minor > 12:
		return Finding{State: Note, Says: fmt.Sprintf("kernel.panic is %d. From 7.0 on netconsole sends nothing of a panic that reboots; for %s it is not known: a crash for trial (sysrq c) tells.", n, m.release)}
	case n < 0:
		return Finding{State: Note, Says: fmt.Sprintf("The machine reboots at once after a panic (kernel.panic is %d), which can cut off what is still on its way.", n),
			Type: []string{"sysctl -w kernel.panic=10"}}
	case n == 0 && major >= 7 && speaks:
		return Finding{State: OK, Says: still + " Only so does netconsole send the panic of this kernel."}
	case n == 0:
		return Finding{State: Note, Says: still, Type: []string{"sysctl -w kernel.panic=10  # to reboot after 10 s"}}
	}
	return Finding{State: OK, Says: fmt.Sprintf("The machine reboots %d s after a panic.", n)}
}

// oops: what becomes of a machine that has had an oops, or a warning.
func oops(m *machine) Finding {
	n, ok := m.number("proc/sys/kernel/panic_on_oops")
	if !ok {
		return Finding{State: Unknown, Says: "kernel.panic_on_oops can't be read."}
	}
	says := "After an oops the machine goes on, in a state that nobody knows (kernel.panic_on_oops is 0)."
	if n != 0 {
		says = "An oops is a panic (kernel.panic_on_oops)."
	}
	if w, _ := m.number("proc/sys/kernel/panic_on_warn"); w != 0 {
		return Finding{State: Note, Says: says + " So is every warning (kernel.panic_on_warn), which is for tests.",
			Type: []string{"sysctl -w kernel.panic_on_warn=0"}}
	}
	if n == 0 {
		return Finding{State: Note, Says: says, Type: []string{"sysctl -w kernel.panic_on_oops=1  # to stop there instead"}}
	}
	return Finding{State: OK, Says: says}
}

// consoleLevel: an oops raises the level itself (console_verbose, kernel/printk), a warning does not, and its lines are
// of level 4.
func consoleLevel(m *machine) Finding {
	n, ok := m.number("proc/sys/kernel/printk")
	switch {
	case !ok:
		return Finding{State: Unknown, Says: "kernel.printk can't be read."}
	case n <= 4:
		return Finding{State: Bad, Says: fmt.Sprintf("The console level is %d: of warnings (WARN, refcount, lockdep) nothing reaches any console. Oopses raise it. It comes from \"quiet\" or \"loglevel=\" of the command line, or from kernel.printk.", n),
			Type: []string{"dmesg -n 5"}}
	}
	return Finding{State: OK, Says: fmt.Sprintf("The console level is %d: warnings reach the consoles.", n)}
}

// whoPrinted: CONFIG_PRINTK_CALLER (5.1), or cpu= of netconsole's user data (6.14).
func whoPrinted(m *machine) Finding {
	const dir = "sys/kernel/config/netconsole"
	for _, name := range m.names(dir) {
		if m.line(dir+"/"+name+"/userdata/cpu_nr_enabled") == "1" {
			return Finding{State: OK, Says: "netconsole says which CPU sent a line: two crashes at once can be told apart."}
		}
	}
	switch m.config("CONFIG_PRINTK_CALLER") {
	case "y":
		return Finding{State: OK, Says: "Each line says who printed it: two crashes at once can be told apart."}
	case "n":
		f := Finding{State: Note, Says: "Lines do not say who printed them (CONFIG_PRINTK_CALLER is not set): two CPUs that crash at once are told apart by guess."}
		if m.since(6, 14) {
			f.Type = []string{"echo 1 > /sys/kernel/config/netconsole/TARGET/userdata/cpu_nr_enabled"}
		}
		return f
	}
	return Finding{}
}
