package doctor

import (
	"strings"
	"testing"
	"testing/fstest"
)

// files are those of a machine, by path.
type files map[string]string

func (f files) with(more files) files {
	out := files{}
	for _, m := range []files{f, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func (f files) fs() fstest.MapFS {
	out := fstest.MapFS{}
	for k, v := range f {
		if v != "-" {
			out[k] = &fstest.MapFile{Data: []byte(v)}
		}
	}
	return out
}

// good is a machine of which the next crash will be seen.
var good = files{
	"proc/sys/kernel/osrelease":            "6.12.95+deb12-amd64\n",
	"proc/consoles":                        "tty0                 -WU (EC  p  )    4:7\nnetcon_ext0          -W- (E   p  )\n",
	"proc/cmdline":                         "root=/dev/vda1 netconsole=+r6665@192.0.2.7/eth0,6666@192.0.2.1/52:54:00:00:00:01\n",
	"proc/sys/kernel/panic":                "10\n",
	"proc/sys/kernel/panic_on_oops":        "1\n",
	"proc/sys/kernel/panic_on_warn":        "0\n",
	"proc/sys/kernel/printk":               "7\t4\t1\t7\n",
	"proc/mounts":                          "pstore /sys/fs/pstore pstore rw 0 0\n",
	"proc/kallsyms":                        "ffffffff81000000 T _text\n",
	"sys/module/pstore/parameters/backend": "efi_pstore\n",
	"sys/kernel/kexec_crash_loaded":        "1\n",
	"sys/module/kernel/parameters/crash_kexec_post_notifiers": "Y\n",
	"sys/kernel/btf/vmlinux":                                  "x",
	"boot/config-6.12.95+deb12-amd64":                         "CONFIG_PRINTK_CALLER=y\nCONFIG_NETCONSOLE=m\n",
	"etc/os-release":                                          "ID=debian\n",
}

var debug = Debug{Images: []string{"/usr/lib/debug/boot/vmlinux-6.12.95+deb12-amd64"}}

// TestGood: nothing to do, but for what is always to be known.
func TestGood(t *testing.T) {
	for _, f := range Look(good.fs(), debug) {
		if f.State != OK && f.Check != "netconsole target" || strings.Contains(f.Says, "%!") {
			t.Errorf("%+v", f)
		}
	}
}

// TestChecks: what each check says of a machine that differs from the good one.
func TestChecks(t *testing.T) {
	target := "sys/kernel/config/netconsole/cmdline0/"
	seven := files{"proc/sys/kernel/osrelease": "7.2.0-amd64\n"}
	for _, tt := range []struct {
		name   string
		change files
		check  string
		state  State
		says   string // part of it
		typing string // part of the first thing to type
	}{
		{"no netconsole", files{"proc/consoles": "tty0 -WU (EC p ) 4:7\n", "proc/cmdline": "quiet"}, "netconsole", Bad, "Nothing is sent", "modprobe netconsole 'netconsole=+r6665@"},
		{"an old kernel", files{"proc/consoles": "tty0 -WU (EC p )\n", "proc/sys/kernel/osrelease": "2.6.32-754.el6\n"}, "netconsole", Bad, "Nothing is sent", "modprobe netconsole 'netconsole=6665@"},
		{"it failed at boot", files{"proc/consoles": "tty0 -WU (EC p )\n"}, "netconsole", Bad, "it failed there", ""},
		{"disabled", files{"proc/consoles": "netcon_ext0 -W- (  p )\n"}, "netconsole", Bad, "Nothing is sent", ""},
		{"not built", files{"proc/consoles": "", "boot/config-6.12.95+deb12-amd64": "CONFIG_X=y\n"}, "netconsole", Bad, "has no netconsole", ""},
		{"basic", files{"proc/consoles": "netcon0 -W- (E p )\n"}, "netconsole", Bad, "basic form", "modprobe -r netconsole"},
		{"until the next boot", files{"proc/cmdline": "quiet"}, "netconsole", Note, "after the next boot", "echo netconsole"},
		{"modprobe.d", files{"proc/cmdline": "quiet", "etc/modprobe.d/n.conf": "options  netconsole netconsole=x\n"}, "netconsole", OK, "extended form", ""},
		{"unreadable", files{"proc/consoles": "-"}, "netconsole", Unknown, "can't be read", ""},
		{"broadcast", files{target + "enabled": "1\n", target + "remote_mac": "ff:ff:ff:ff:ff:ff\n", target + "remote_ip": "192.0.2.1\n"}, "netconsole target", Note, "by broadcast", "ip neigh show 192.0.2.1"},
		{"a target", files{target + "enabled": "1\n", target + "remote_mac": "52:54:00:00:00:01\n", target + "dev_name": "eth0\n"}, "netconsole target", Note, "by eth0. What happens in the receive path", ""},
		{"7.x reboots too soon", seven, "panic time-out", Bad, "before netconsole has sent one line", "sysctl -w kernel.panic=0"},
		{"7.x stands still", seven.with(files{"proc/sys/kernel/panic": "0\n"}), "panic time-out", OK, "Only so does netconsole", ""},
		{"between", files{"proc/sys/kernel/osrelease": "6.17.1\n"}, "panic time-out", Note, "it is not known", ""},
		{"at once", files{"proc/sys/kernel/panic": "-1\n"}, "panic time-out", Note, "reboots at once", "sysctl -w kernel.panic=10"},
		{"never", files{"proc/sys/kernel/panic": "0\n"}, "panic time-out", Note, "stands still", ""},
		{"goes on", files{"proc/sys/kernel/panic_on_oops": "0\n"}, "oops", Note, "nobody knows", "sysctl -w kernel.panic_on_oops=1"},
		{"for tests", files{"proc/sys/kernel/panic_on_warn": "1\n"}, "oops", Note, "every warning", ""},
		{"quiet", files{"proc/sys/kernel/printk": "4\t4\t1\t7\n"}, "console level", Bad, "The console level is 4", "dmesg -n 5"},
		{"nobody", files{"boot/config-6.12.95+deb12-amd64": "CONFIG_NETCONSOLE=m\n"}, "who printed", Note, "told apart by guess", ""},
		{"not mounted", files{"proc/mounts": "proc /proc proc rw 0 0\n"}, "pstore", Bad, "is not mounted", "mount -t pstore"},
		{"no backend", files{"sys/module/pstore/parameters/backend": "(null)\n", "sys/firmware/efi/x": "x"}, "pstore", Bad, "firmware has one", "modprobe efi_pstore"},
		{"no firmware", files{"sys/module/pstore/parameters/backend": "(null)\n"}, "pstore", Note, "ramoops", ""},
		{"no kdump", files{"sys/kernel/kexec_crash_loaded": "0\n"}, "kdump", Note, "no vmcore", ""},
		{"kdump first", files{"sys/module/kernel/parameters/crash_kexec_post_notifiers": "N\n"}, "kdump", Note, "before pstore", ""},
		{"hidden from all", files{"proc/kallsyms": "0000000000000000 T _text\n", "proc/sys/kernel/kptr_restrict": "2\n"}, "kallsyms", Bad, "to anybody", "sysctl -w kernel.kptr_restrict=1"},
		{"hidden from us", files{"proc/kallsyms": "0000000000000000 T _text\n", "proc/sys/kernel/kptr_restrict": "1\n"}, "kallsyms", Note, "to this user", "cp /proc/kallsyms"},
		{"no types", files{"sys/kernel/btf/vmlinux": "-"}, "types", Note, "does not show its types", ""},
		{"a dump", files{"sys/fs/pstore/dmesg-efi-1": "x", "var/crash/1/vmcore": "x"}, "old crashes", Note, "left something", "nfoops /sys/fs/pstore /var/crash"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, f := range Look(good.with(tt.change).fs(), debug) {
				if f.Check != tt.check {
					continue
				}
				typing := strings.Join(f.Type, "\n")
				if f.State != tt.state || !strings.Contains(f.Says, tt.says) || !strings.Contains(typing, tt.typing) {
					t.Errorf("%+v", f)
				}
				return
			}
			t.Error("the check says nothing")
		})
	}
}

// TestDebugSymbols: what to install, by distribution.
func TestDebugSymbols(t *testing.T) {
	for release, want := range map[string]string{
		"ID=debian\n": "apt install linux-image-6.12.95+deb12-amd64-dbg",
		"ID=\"rocky\"\nID_LIKE=\"rhel fedora\"\n": "dnf debuginfo-install kernel-6.12.95+deb12-amd64",
		"ID=mint\nID_LIKE=\"ubuntu debian\"\n":    "apt install linux-image-6.12.95+deb12-amd64-dbgsym",
		"ID=other\n":                              "",
	} {
		m := &machine{root: good.with(files{"etc/os-release": release}).fs(), release: "6.12.95+deb12-amd64"}
		f := debugSymbols(m)
		if got := strings.Join(f.Type, ""); f.State != Note || !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: %+v", release, f)
		}
	}
}

// TestNothing: a folder with nothing in it is no reason to fail.
func TestNothing(t *testing.T) {
	for _, f := range Look(fstest.MapFS{}, Debug{}) {
		if f.State == OK || f.Says == "" || f.Type == nil {
			t.Errorf("%+v", f)
		}
	}
}
