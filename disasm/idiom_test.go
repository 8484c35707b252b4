package disasm

import (
	"strings"
	"testing"
)

func TestIdioms(t *testing.T) {
	at := func(offset int64) *int64 { return &offset }
	for _, tt := range []struct {
		name   string
		arch   Arch
		code   string
		fn     string
		offset *int64 // of the fault in fn
		want   string
	}{
		{"tuplehash_to_ctrack, i386 2.6", I386, "<0f> b6 43 17 89 d9 8d 04 40 c1 e0 03 29 c1 8d 81 5c ff ff ff", "", nil, "tuplehash_to_ctrack container_of"},
		{"tuplehash_to_ctrack, its load cut", I386, "43 17 89 d9 8d 04 40 c1 e0 03 29 c1 <8d> 81 5c ff ff ff", "", nil, "tuplehash_to_ctrack container_of"},
		{"another size", I386, "<0f> b6 43 17 89 d9 8d 04 40 c1 e0 02 29 c1 8d 81 5c ff ff ff", "", nil, "container_of"},
		{"tuplehash_to_ctrack, x86_64", X8664, "<0f> b6 50 37 48 8d 34 d5 00 00 00 00 48 29 d6 48 c1 e6 03 48 29 f0", "", nil, "tuplehash_to_ctrack"},
		{"of another pointer", X8664, "<0f> b6 50 37 48 8d 34 d5 00 00 00 00 48 29 d6 4c 89 e2 48 c1 e6 03 48 29 f2", "", nil, ""},
		{"container_of", X8664, "<48> 8d 43 f0", "", nil, "container_of"},
		{"container_of, arm64", ARM64, "(d1004260)", "", nil, "container_of"},
		{"no container_of: the stack", ARM64, "(d10043ff)", "", nil, ""},
		{"list", X8664, "<48> 8b 1b 48 39 eb", "", nil, "list step"},
		{"list, arm64", ARM64, "(f9400273)", "", nil, "list step"},
		{"list, arm", ARM, "(e5933000)", "", nil, "list step"},
		{"list, riscv64", RISCV64, "(639c)", "", nil, "list step"},
		{"list, ppc64", PPC64, "<e9290000>", "", nil, "list step"},
		{"list, mips", MIPS, "<8c420000>", "", nil, "list step"},
		{"list, loongarch64", LoongArch, "<28c0018c>", "", nil, "list step"},
		{"refcount", X8664, "<f0> 0f c1 47 08", "", nil, "refcount"},
		{"refcount, one less", X8664, "<f0> ff 4f 08", "", nil, "refcount"},
		{"refcount, i386", I386, "<f0> ff 40 08", "", nil, "refcount"},
		{"refcount, arm64", ARM64, "(b8210001)", "", nil, "refcount"},
		{"refcount, without the old value", ARM64, "(b821001f)", "", nil, "refcount"},
		{"refcount, riscv64", RISCV64, "(a5af 00e7)", "", nil, "refcount"},
		{"refcount, s390x", S390X, "<eb> 12 30 08 00 f8", "", nil, "refcount"},
		{"atomic", X8664, "<f0> 0f b1 17", "", nil, "atomic"},
		{"atomic, arm64 without LSE", ARM64, "(885f7c01)", "", nil, "atomic"},
		{"atomic, arm", ARM, "(e1932f9f)", "", nil, "atomic"},
		{"atomic, ppc64", PPC64, "<7d201828>", "", nil, "atomic"},
		{"a barrier", X8664, "<f0> 83 44 24 fc 00", "", nil, "barrier"},
		{"acquire", ARM64, "(c8dffc20)", "", nil, "acquire"},
		{"rcu", X8664, "<e8> 10 00 00 00", "__rcu_read_lock", nil, "rcu"},
		{"jump label", X8664, "<48> 89 df 0f 1f 44 00 00 48 89 f7", "", nil, "jump label"},
		{"jump label, i386", I386, "<89> df 3e 8d 74 26 00 89 f7", "", nil, "jump label"},
		{"jump label, arm64", ARM64, "(aa0003e1) d503201f", "", nil, "jump label"},
		{"filler is none", X8664, "<c3> 0f 1f 44 00 00", "", nil, ""},
		{"ftrace pad", X8664, "<0f> 1f 44 00 00 55 48 89 e5", "f", at(0), "ftrace pad"},
		{"ftrace pad behind endbr64", X8664, "<f3> 0f 1e fa 0f 1f 44 00 00 55", "f", at(0), "ftrace pad"},
		{"ftrace pad, arm64", ARM64, "(aa1e03e9) d503201f", "f", at(0), "ftrace pad"},
		{"ftrace, on", X8664, "<e8> 10 00 00 00", "__fentry__", nil, "ftrace pad"},
		{"retpoline", X8664, "<e8> 10 00 00 00", "__x86_indirect_thunk_rax", nil, "retpoline"},
		{"in a retpoline", X8664, "<ff> e0", "__x86_indirect_thunk_rax", at(0), "retpoline"},
		{"stack protector", X8664, "<65> 48 8b 04 25 28 00 00 00", "", nil, "stack protector"},
		{"stack protector, i386", I386, "<65> a1 14 00 00 00", "", nil, "stack protector"},
		{"stack protector, ppc64", PPC64, "<e90d0c78>", "", nil, "stack protector"},
		{"current, arm64", ARM64, "(d5384113)", "", nil, "current"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pc := uint64(0xffffffff81000000)
			l := Disassemble(Request{Arch: tt.arch, Code: ParseCode("Code: " + tt.code), PC: &pc,
				Symbol: func(addr uint64) (string, uint64) { return tt.fn, addr }})
			facts := Facts{FuncOffset: tt.offset}
			if tt.offset != nil {
				facts.Func = tt.fn
			}
			var names []string
			for _, i := range Diagnose(l, facts).Idioms {
				names = append(names, i.Name)
				if i.Words == "" {
					t.Errorf("%s has no words", i.Name)
				}
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%q, want %q in %v", got, tt.want, show(l.Insts))
			}
		})
	}
}
