package kb

import (
	"slices"
	"strings"
)

// baseSymbol strips what the compiler appends to the name of a function it split or specialised: .isra.0,
// .constprop.3, .part.29, .cold, in any order, and the .llvm.1234 of clang.
func baseSymbol(s string) string {
	dot := strings.IndexByte(s, '.')
	if dot <= 0 {
		return s
	}
	return s[:dot]
}

// place is a function, in one module where the name alone is not enough.
type place struct {
	symbol, module string
}

// parsePlace reads "function" or "function [module]".
func parsePlace(s string) place {
	symbol, rest, found := strings.Cut(s, " [")
	p := place{symbol: eraFunction(baseSymbol(strings.TrimSpace(symbol)))}
	if found {
		p.module = eraModule(strings.TrimSuffix(rest, "]"))
	}
	return p
}

// fits says whether a frame of the trace, already without suffix, is this place.
func (p place) fits(f *seenFrame) bool {
	return (p.symbol == f.symbol || f.template != "" && p.symbol == f.template || slices.Contains(f.Inlined, p.symbol)) &&
		(p.module == "" || p.module == f.module)
}

// functionEras maps the front of a function's name to that of today: when ip_conntrack became nf_conntrack in 2.6.20,
// what did not depend on IPv4 took the new name along.
var functionEras = []struct{ old, new string }{
	{"ip_conntrack_", "nf_conntrack_"},
	{"__ip_conntrack_", "__nf_conntrack_"},
	{"ip_nat_", "nf_nat_"},
	{"ip_ct_", "nf_ct_"},
	{"__ip_ct_", "__nf_ct_"},
}

// eraFunction gives a function, without suffix, the name that it has in today's kernels.
func eraFunction(name string) string {
	for _, era := range functionEras {
		if rest, found := strings.CutPrefix(name, era.old); found {
			return era.new + rest
		}
	}
	return name
}

// setTemplate is the name that a function of an ipset type has in the source. The types that keep a hash or a bitmap
// are made from one header each, in which mtype_resize() stands for hash_ip4_resize(), hash_netport6_resize() and so on
// (net/netfilter/ipset/ip_set_hash_gen.h since 3.10, ip_set_bitmap_gen.h). "" for all other functions.
func setTemplate(name string) string {
	kind, rest, _ := strings.Cut(name, "_")
	if kind != "hash" && kind != "bitmap" {
		return ""
	}
	data, operation, found := strings.Cut(rest, "_")
	if !found || !setData[strings.TrimRight(data, "46")] {
		return ""
	}
	return "mtype_" + operation
}

// setData are what the types keep: the middle part of their names.
var setData = set("ip", "ipmac", "ipmark", "ipport", "ipportip", "ipportnet", "mac", "net", "netiface", "netnet",
	"netport", "netportnet", "port")

// moduleEras maps the front of a module's name to that of a later era: what ip_conntrack was is nf_conntrack since
// 2.6.20, the match and target modules were merged under xt_ from 2.6.16 on, one by one.
var moduleEras = []struct{ old, new string }{
	{"ip_conntrack", "nf_conntrack"},
	{"ip_nat", "nf_nat"},
	{"ip6t_", "xt_"},
	{"ipt_", "xt_"},
	{"arpt_", "xt_"},
	{"ip_queue", "nfnetlink_queue"},
	{"ip6_queue", "nfnetlink_queue"},
}

// mergedModules were parts of their own once and live in another module today.
var mergedModules = map[string]string{
	"nf_conntrack_ipv4":       "nf_conntrack", // merged in 4.19
	"nf_conntrack_ipv6":       "nf_conntrack",
	"nf_conntrack_l3proto":    "nf_conntrack",
	"nf_conntrack_proto_dccp": "nf_conntrack", // no module of their own since 4.10
	"nf_conntrack_proto_sctp": "nf_conntrack",
	"nf_conntrack_proto_gre":  "nf_conntrack",
	"nf_nat_ipv4":             "nf_nat", // merged in 5.1
	"nf_nat_ipv6":             "nf_nat",
	"nf_nat_redirect":         "nf_nat", // merged in 5.1
	"nf_tables_set":           "nf_tables",
	"nft_set_hash":            "nf_tables",
	"nft_set_rbtree":          "nf_tables",
	"nft_set_bitmap":          "nf_tables",
	"nft_hash":                "nf_tables",
	"nft_rbtree":              "nf_tables",
}

// eraModule gives a module the name that it has in today's kernels, so that names of different eras compare equal.
func eraModule(m string) string {
	if today, merged := mergedModules[m]; merged {
		return today
	}
	for _, era := range moduleEras {
		if rest, found := strings.CutPrefix(m, era.old); found {
			m = era.new + rest
			break
		}
	}
	if today, merged := mergedModules[m]; merged {
		return today
	}
	return m
}

// glob compares s with a pattern in which * stands for any run of characters. It never looks at a character of s more
// often than the pattern has stars, whatever they are.
func glob(pattern, s string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], after
	}
}

// isHex says whether s is a run of hex digits, and not empty.
func isHex(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return s != ""
}
