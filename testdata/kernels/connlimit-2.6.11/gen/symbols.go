package main

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"sort"
	"strconv"
	"strings"
)

// symbol is one line of a map. size reaches to the next symbol, as the kernel's own lookup counts it.
type symbol struct {
	addr, size uint32
	kind       byte
	name       string
	module     string
}

// kernel is the image's symbols and the modules', each sorted by address.
type kernel struct {
	image   []symbol
	modules []symbol
}

// loaded is one module: the functions that the traces need and a few around them. The base is made up.
type loaded struct {
	name string
	base uint32
	fns  string
}

// modules are in the order in which they were loaded; "Modules linked in:" prints them backwards. The functions of
// ipt_connlimit come from the object.
var modules = []loaded{
	{"mii", 0xf89f3000, "mii_ethtool_gset mii_ethtool_sset mii_check_link mii_link_ok mii_nway_restart mii_check_media " +
		"generic_mii_ioctl"},
	{"8139too", 0xf89f8000, ".read_eeprom .mdio_read .mdio_write .rtl8139_open .rtl8139_tx_timeout .rtl8139_start_xmit " +
		".rtl8139_tx_interrupt .rtl8139_rx_err .rtl8139_rx:0x3d0 .rtl8139_weird_interrupt .rtl8139_poll:0xc0 " +
		".rtl8139_interrupt .rtl8139_close .rtl8139_get_stats .rtl8139_set_rx_mode"},
	{"netconsole", 0xf8a0b000, ".write_msg:0x70 .option_setup .cleanup_netconsole"},
	{"ip_tables", 0xf8a1d000, ".mark_source_chains .ip_packet_match ipt_do_table:0x340 .find_inlist_lock .find_match " +
		".translate_table .do_replace .get_entries .do_ipt_set_ctl .do_ipt_get_ctl ipt_register_target " +
		"ipt_unregister_target ipt_register_match ipt_unregister_match ipt_register_table ipt_unregister_table .tcp_match " +
		".tcp_checkentry .udp_match .icmp_match"},
	{"iptable_filter", 0xf8a12000, ".ipt_hook:0x20 .ipt_local_out_hook:0x50 .fini:0x30"},
	{"ip_conntrack", 0xf8a31000, ".hash_conntrack ip_ct_get_tuple ip_ct_invert_tuple .destroy_expect " +
		".clean_from_lists .destroy_conntrack .death_by_timeout .__ip_conntrack_find ip_conntrack_find_get:0x60 " +
		"__ip_conntrack_confirm ip_conntrack_tuple_taken .unreplied .early_drop .init_conntrack ip_conntrack_in " +
		"invert_tuplepr ip_conntrack_expect_related ip_conntrack_alter_reply ip_conntrack_helper_register " +
		"__ip_ct_refresh_acct ip_ct_gather_frags .ip_conntrack_local .ip_confirm .tcp_packet .tcp_new .tcp_error"},
	{"ipt_connlimit", moduleBase, ""},
	{"ipt_REJECT", 0xf8a47000, ".route_reverse .send_reset .send_unreach .reject .check"},
}

// madeUpSize gives a function a size from its name, so that the map does not change when a name is added elsewhere.
func madeUpSize(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 0x20 + h.Sum32()%0x30*0x10
}

// place turns "name", ".name" and "name:0x40" into symbols that follow each other.
func place(at uint32, kind byte, words []string, module string) ([]symbol, uint32, error) {
	var out []symbol
	for _, w := range words {
		name, sz, given := strings.Cut(w, ":")
		k := kind
		if n, local := strings.CutPrefix(name, "."); local {
			name, k = n, kind|0x20
		}
		size := madeUpSize(name)
		if !given {
			at = (at + 15) &^ 15 // functions are aligned; the labels of entry.S, which have given sizes, are not
		} else {
			v, err := strconv.ParseUint(sz, 0, 32)
			if err != nil {
				return nil, 0, err
			}
			size = uint32(v)
		}
		out = append(out, symbol{addr: at, size: size, kind: k, name: name, module: module})
		at += size
	}
	return out, at, nil
}

// readKernel reads kernel.sym and lays the modules out; connlimit holds the symbols of the linked object.
func readKernel(connlimit []symbol) (*kernel, error) {
	f, err := os.Open("kernel.sym")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	k := &kernel{}
	var at uint32
	kind := byte('T')
	for sc := bufio.NewScanner(f); sc.Scan(); {
		w := strings.Fields(sc.Text())
		if len(w) == 0 || w[0] == "#" {
			continue
		}
		if strings.HasPrefix(w[0], "@") {
			v, err := strconv.ParseUint(w[0][1:], 16, 32)
			if err != nil {
				return nil, err
			}
			if uint32(v) < at {
				return nil, fmt.Errorf("kernel.sym: %s lies below the symbols before it (%08x)", w[0], at)
			}
			at, kind = uint32(v), w[1][0]
			continue
		}
		syms, next, err := place(at, kind, w, "")
		if err != nil {
			return nil, err
		}
		k.image, at = append(k.image, syms...), next
	}
	for _, m := range modules {
		if m.fns == "" {
			k.modules = append(k.modules, connlimit...)
			continue
		}
		syms, _, err := place(m.base, 'T', strings.Fields(m.fns), m.name)
		if err != nil {
			return nil, err
		}
		k.modules = append(k.modules, syms...)
	}
	sort.SliceStable(k.modules, func(i, j int) bool { return k.modules[i].addr < k.modules[j].addr })
	// 2.6.11 makes its System.map with nm and sort: names at the same address come in the order of their text.
	sort.SliceStable(k.image, func(i, j int) bool {
		a, b := k.image[i], k.image[j]
		return a.addr < b.addr || a.addr == b.addr && a.name < b.name
	})
	for i := range k.image[:len(k.image)-1] {
		k.image[i].size = k.image[i+1].addr - k.image[i].addr
	}
	return k, nil
}

func (k *kernel) named(name string) (symbol, error) {
	for _, list := range [][]symbol{k.image, k.modules} {
		for _, s := range list {
			if s.name == name {
				return s, nil
			}
		}
	}
	return symbol{}, fmt.Errorf("no symbol %s", name)
}

// text looks up a code address in the image (also its init part, as the kernel does) or in a module.
func (k *kernel) text(addr uint32) (symbol, bool) {
	for _, list := range [][]symbol{k.image, k.modules} {
		for _, s := range list {
			if s.kind|0x20 == 't' && s.addr <= addr && addr < s.addr+s.size {
				return s, true
			}
		}
	}
	return symbol{}, false
}

// systemMap prints the image's symbols as nm -n does.
func (k *kernel) systemMap() string {
	var b strings.Builder
	for _, s := range k.image {
		fmt.Fprintf(&b, "%08x %c %s\n", s.addr, s.kind, s.name)
	}
	return b.String()
}

// wrongMap prints the same names as another build has them: 2.6.10 with other options, so that nearly every function
// has another size and another place.
func (k *kernel) wrongMap() string {
	var b strings.Builder
	var drift uint32
	for i, s := range k.image {
		name := strings.Replace(s.name, "Version_132619", "Version_132618", 1)
		if s.kind|0x20 != 't' {
			drift &^= 0xfff
		}
		fmt.Fprintf(&b, "%08x %c %s\n", s.addr+drift, s.kind, name)
		if i > 3 && s.size >= 0x20 {
			drift += madeUpSize(s.name) % 0x60
		}
	}
	return b.String()
}

// kallsyms prints /proc/kallsyms: code only (no CONFIG_KALLSYMS_ALL), then the modules'.
func (k *kernel) kallsyms() string {
	var b strings.Builder
	for _, s := range k.image {
		if s.kind|0x20 == 't' {
			fmt.Fprintf(&b, "%08x %c %s\n", s.addr, s.kind, s.name)
		}
	}
	for i := len(modules) - 1; i >= 0; i-- {
		for _, s := range k.modules {
			if s.module == modules[i].name {
				fmt.Fprintf(&b, "%08x %c %s\t[%s]\n", s.addr, s.kind, s.name, s.module)
			}
		}
	}
	return b.String()
}
