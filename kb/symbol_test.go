package kb

import "testing"

func TestBaseSymbol(t *testing.T) {
	for in, want := range map[string]string{
		"nf_hook_slow":                    "nf_hook_slow",
		"nf_hook.constprop.0":             "nf_hook",
		"module_put.part.44":              "module_put",
		"__list_del_entry_valid.cold":     "__list_del_entry_valid",
		"nf_tables_chain_destroy.isra.0":  "nf_tables_chain_destroy",
		"nf_ct_delete.part.0.isra.0.cold": "nf_ct_delete",
		"foo.llvm.18446744073709551615":   "foo",
		".text":                           ".text",
		"":                                "",
	} {
		if got := baseSymbol(in); got != want {
			t.Errorf("baseSymbol(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEraModule(t *testing.T) {
	for in, want := range map[string]string{
		"ip_conntrack":         "nf_conntrack",
		"ip_conntrack_ftp":     "nf_conntrack_ftp",
		"nf_conntrack_ipv4":    "nf_conntrack",
		"ip_nat":               "nf_nat",
		"nf_nat_ipv4":          "nf_nat",
		"ipt_connlimit":        "xt_connlimit",
		"ip6t_REJECT":          "xt_REJECT",
		"ip_queue":             "nfnetlink_queue",
		"nf_tables_set":        "nf_tables",
		"ip_tables":            "ip_tables",
		"iptable_nat":          "iptable_nat",
		"nf_conntrack_netlink": "nf_conntrack_netlink",
		"ext4":                 "ext4",
		"":                     "",
	} {
		if got := eraModule(in); got != want {
			t.Errorf("eraModule(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"ip_set_hash_*", "ip_set_hash_net", true},
		{"ip_set_hash_*", "ip_set", false},
		{"*", "", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"a*a", "a", false},
		{"4.18.0-*.el8*", "4.18.0-372.el8.x86_64", true},
		{"", "", true},
		{"", "x", false},
		{"**x**", "x", true},
	}
	for _, tt := range tests {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}
