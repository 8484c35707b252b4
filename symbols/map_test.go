package symbols

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// The maps of these tests: names are real, addresses and sizes are invented.

// i386Map is a kernel of the 2.6 era: linker marks of type A, a checksum that looks like an address, two functions
// called checkentry.
const i386Map = `00000000 A VDSO32_PRELINK
0a1b2c3d A __crc_nf_register_hook
c0100000 T _text
c0100000 T startup_32
c0101000 T _stext
c0101000 t rest_init
c0101040 T do_one_initcall
c02a0000 T nf_register_hook
c02a0040 T nf_iterate
c02a00c0 T nf_hook_slow
c02a0180 A __crc_ipt_do_table
c02a01b0 t checkentry
c02a01f0 T ipt_do_table
c02a0600 t checkentry
c02a0680 T ip_rcv
c02a0900 A _etext
c0300000 d nf_hooks
c0310000 T _sinittext
c0310000 t netfilter_init
c0311000 A _einittext
c0400000 A _end
`

// x86Map is a kernel of the 5 and 6 era: per-CPU symbols from 0, prefix symbols, split functions.
const x86Map = `0000000000000000 A fixed_percpu_data
0000000000001000 A cpu_debug_store
ffffffff81000000 T startup_64
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81000060 T secondary_startup_64
ffffffff81001000 t __pfx_do_one_initcall
ffffffff81001010 T do_one_initcall
ffffffff81900000 T nf_hook_slow
ffffffff81900110 t nf_hook_entries_grow.part.0
ffffffff81900300 t nf_hook_entries_grow
ffffffff81900500 t nft_do_chain.constprop.0
ffffffff81900d00 T nft_do_chain
ffffffff81901400 t checkentry
ffffffff81901480 T ipt_do_table
ffffffff81901a00 t checkentry
ffffffff81901a40 t nf_hook_slow.cold
ffffffff81901a80 W arch_ftrace_ops_list_func
ffffffff81902000 T _etext
ffffffff82000000 R __start_rodata
ffffffff83000000 B _end
`

// kallsymsText is the same kernel with modules, moved by 0x1a000000.
const kallsymsText = `0000000000000000 A fixed_percpu_data
ffffffff9b000000 T startup_64
ffffffff9b000000 T _stext
ffffffff9b000000 T _text
ffffffff9b000060 T secondary_startup_64
ffffffff9b001000 t __pfx_do_one_initcall
ffffffff9b001010 T do_one_initcall
ffffffff9b900000 T nf_hook_slow
ffffffff9b900110 t nf_hook_entries_grow.part.0
ffffffff9b901400 t checkentry
ffffffff9b901480 T ipt_do_table
ffffffff9b901a00 t checkentry
ffffffff9b902000 T _etext
ffffffffc0a50000 t nft_rbtree_walk	[nft_set_rbtree]
ffffffffc0a50200 t nft_rbtree_gc	[nft_set_rbtree]
ffffffffc0a54000 d nft_rbtree_ops	[nft_set_rbtree]
ffffffffc0a10000 t nft_lookup_eval	[nf_tables]
ffffffffc0a10100 t nft_immediate_eval	[nf_tables]
ffffffffc0a18000 d nft_basechain	[nf_tables]
`

func load(t testing.TB, text string) *Table {
	t.Helper()
	table, err := Load("System.map", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
