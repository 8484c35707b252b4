package doctor

import (
	"fmt"
	"strings"
)

// pstore keeps the last lines of a panic over the reboot, in a place of the firmware or of memory (fs/pstore).
func pstore(m *machine) Finding {
	mounted := false
	text, known := m.read("proc/mounts")
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		mounted = mounted || len(f) > 2 && f[2] == "pstore"
	}
	backend := m.line("sys/module/pstore/parameters/backend")
	has := backend != "" && backend != "(null)" && backend != "null"
	switch {
	case !known && backend == "":
		return Finding{State: Unknown, Says: "It can't be told whether pstore is mounted."}
	case has && !mounted:
		return Finding{State: Bad, Says: fmt.Sprintf("pstore has a place to keep a panic (%s), and is not mounted.", backend),
			Type: []string{"mount -t pstore pstore /sys/fs/pstore"}}
	case has:
		return Finding{State: OK, Says: fmt.Sprintf("pstore keeps the end of a panic over the reboot (%s).", backend)}
	case m.exists("sys/firmware/efi"):
		return Finding{State: Bad, Says: "pstore has no place to keep a panic, though this machine's firmware has one (EFI).",
			Type: []string{"modprobe efi_pstore", "echo N > /sys/module/efi_pstore/parameters/pstore_disable"}}
	}
	return Finding{State: Note, Says: "pstore has no place to keep a panic: this machine has no EFI or ACPI ERST for it. ramoops takes memory that outlives a warm reboot: ramoops.mem_address=, ramoops.mem_size= and memmap= on the kernel's command line."}
}

// kdump: a second kernel takes over in a panic, before pstore and the rest of the panic unless it is told otherwise
// (kernel/panic.c, crash_kexec_post_notifiers).
func kdump(m *machine) Finding {
	n, ok := m.number("sys/kernel/kexec_crash_loaded")
	if !ok || n == 0 {
		return Finding{State: Note, Says: "No crash kernel is loaded: there will be no vmcore, which holds more than any log."}
	}
	if m.line("sys/module/kernel/parameters/crash_kexec_post_notifiers") == "Y" {
		return Finding{State: OK, Says: "A crash kernel is loaded, and pstore gets its turn before it."}
	}
	return Finding{State: Note, Says: "A crash kernel is loaded: it takes over before pstore gets its turn. The oops itself is sent before. crash_kexec_post_notifiers on the kernel's command line gives both."}
}

// kallsyms: kernel.kptr_restrict makes all addresses 0 for those who may not see them.
func kallsyms(m *machine) Finding {
	first := m.line("proc/kallsyms")
	addr, _, _ := strings.Cut(first, " ")
	save := "cp /proc/kallsyms kallsyms." + orRelease(m.release) + "  # as root, and keep it elsewhere: KASLR makes it new at each boot"
	switch {
	case first == "":
		return Finding{State: Bad, Says: "/proc/kallsyms can't be read: bare addresses of a log have no names without --vmlinux or --system-map."}
	case strings.Trim(addr, "0") == "":
		restrict := m.line("proc/sys/kernel/kptr_restrict")
		if restrict == "2" {
			return Finding{State: Bad, Says: "/proc/kallsyms shows no addresses to anybody (kernel.kptr_restrict is 2).",
				Type: []string{"sysctl -w kernel.kptr_restrict=1", save}}
		}
		return Finding{State: Note, Says: "/proc/kallsyms shows no addresses to this user.", Type: []string{save}}
	}
	return Finding{State: OK, Says: "/proc/kallsyms is readable: nfoops --kallsyms /proc/kallsyms names the bare addresses of a crash of this boot."}
}

func orRelease(release string) string {
	if release == "" {
		return "RELEASE"
	}
	return release
}

// install is what brings the debug information of a kernel, by ID of /etc/os-release.
var install = map[string]string{
	"debian":              "apt install linux-image-%s-dbg",
	"ubuntu":              "apt install linux-image-%s-dbgsym  # from ddebs.ubuntu.com",
	"fedora":              "dnf debuginfo-install kernel-%s",
	"rhel":                "dnf debuginfo-install kernel-%s",
	"centos":              "dnf debuginfo-install kernel-%s",
	"almalinux":           "dnf debuginfo-install kernel-%s",
	"rocky":               "dnf debuginfo-install kernel-%s",
	"opensuse-leap":       "zypper install kernel-default-debuginfo",
	"opensuse-tumbleweed": "zypper install kernel-default-debuginfo",
	"sles":                "zypper install kernel-default-debuginfo",
	"arch":                "DEBUGINFOD_URLS=https://debuginfod.archlinux.org nfoops --debuginfod",
}

// distribution is the ID of /etc/os-release, or what it is like; "" unknown.
func (m *machine) distribution() string {
	text, ok := m.read("etc/os-release")
	if !ok {
		text, _ = m.read("usr/lib/os-release")
	}
	like := ""
	for line := range strings.Lines(text) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		v = strings.Trim(v, `"'`)
		switch k {
		case "ID":
			if install[v] != "" {
				return v
			}
		case "ID_LIKE":
			like = v
		}
	}
	for _, id := range strings.Fields(like) {
		if install[id] != "" {
			return id
		}
	}
	return ""
}

func debugSymbols(m *machine) Finding {
	for _, path := range m.debug.Images {
		if strings.Contains(path, "debug") || strings.HasSuffix(path, "/vmlinux") || strings.Contains(path, "vmlinux-") {
			return Finding{State: OK, Says: "The kernel's debug information is here: nfoops --release auto finds it, and gives lines of the source.",
				Type: []string{}}
		}
	}
	says := "No debug information of this kernel is here: reports have no lines of the source."
	if len(m.debug.Images) > 0 || len(m.debug.Modules) > 0 {
		says = "The kernel is here without its debug information: nfoops --release auto gives names, and no lines of the source."
	}
	f := Finding{State: Note, Says: says}
	if command := install[m.distribution()]; command != "" {
		if strings.Contains(command, "%s") {
			command = fmt.Sprintf(command, orRelease(m.release))
		}
		f.Type = []string{command}
	}
	return f
}

// types: BTF names the fields that a crash touched.
func types(m *machine) Finding {
	if m.exists("sys/kernel/btf/vmlinux") {
		return Finding{State: OK, Says: "The kernel's types are here: nfoops --btf /sys/kernel/btf/vmlinux names the fields of structures."}
	}
	return Finding{State: Note, Says: "The kernel does not show its types (CONFIG_DEBUG_INFO_BTF): fields of structures have no names without debug information."}
}

// oldCrashes: what earlier panics have left behind.
func oldCrashes(m *machine) Finding {
	var found []string
	for _, place := range []struct{ dir, prefix string }{
		{"sys/fs/pstore", "dmesg-"}, {"var/lib/systemd/pstore", ""}, {"var/crash", ""}, {"var/spool/abrt", ""},
	} {
		n := 0
		for _, name := range m.names(place.dir) {
			if strings.HasPrefix(name, place.prefix) && !strings.HasPrefix(name, ".") {
				n++
			}
		}
		if n > 0 {
			found = append(found, "/"+place.dir)
		}
	}
	if len(found) == 0 {
		return Finding{}
	}
	return Finding{State: Note, Says: "Earlier crashes have left something behind.", Type: []string{"nfoops " + strings.Join(found, " ")}}
}
