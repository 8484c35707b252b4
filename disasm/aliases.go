package disasm

import (
	"strconv"
	"strings"
)

// This file gives instructions the names that objdump prefers and x/arch
// (v0.32.0) does not have: the simplified mnemonics of the Power ISA (appendix C
// of book I), the extended mnemonics of z/Architecture (appendix J of the
// Principles of Operation), and some of ARM.

// powerNames rewrites an instruction of PowerPC.
func powerNames(text string) string {
	name, rest, _ := strings.Cut(text, " ")
	dot := ""
	if n, ok := strings.CutSuffix(name, "."); ok {
		name, dot = n, "."
	}
	ops := strings.Split(rest, ",")
	num := func(i int) int {
		v, err := strconv.Atoi(ops[i])
		if err != nil {
			return -1
		}
		return v
	}
	join := func(name string, ops ...string) string { return name + dot + " " + strings.Join(ops, ",") }
	itoa := strconv.Itoa
	switch {
	case name == "or" && len(ops) == 3 && ops[1] == ops[2]:
		return join("mr", ops[0], ops[1])
	case name == "nor" && len(ops) == 3 && ops[1] == ops[2]:
		return join("not", ops[0], ops[1])
	case name == "tw" && rest == "31,r0,r0":
		return "trap"
	case (name == "tw" || name == "td" || name == "twi" || name == "tdi") && len(ops) == 3 && powerTraps[ops[0]] != "":
		immediate := name[2:]
		return join(name[:2]+powerTraps[ops[0]]+immediate, ops[1], ops[2])
	case (name == "stwcx" || name == "stdcx" || name == "sthcx" || name == "stbcx") && len(ops) == 3 && ops[1] == "r0":
		return join(name, ops[0], "0", ops[2])
	case len(ops) == 3 && ops[1] == "r0" && (strings.HasSuffix(name, "brx") || name == "lwarx" || name == "ldarx"):
		return join(name, ops[0], "0", ops[2]) // no base
	case len(ops) == 2 && ops[0] == "r0" && (strings.HasPrefix(name, "dcb") || name == "icbi"):
		return join(name, "0", ops[1])
	case name == "isel" && len(ops) == 4:
		if c := ops[3]; c == "eq" || c == "gt" || c == "lt" {
			return join("isel"+c, ops[0], ops[1], ops[2])
		}
	case name == "rldcl" && len(ops) == 4 && ops[3] == "0":
		return join("rotld", ops[0], ops[1], ops[2])
	case name == "rldicl" && len(ops) == 4:
		sh, mb := num(2), num(3)
		switch {
		case sh == 0:
			return join("clrldi", ops[0], ops[1], ops[3])
		case mb == 0:
			return join("rotldi", ops[0], ops[1], ops[2])
		case sh+mb == 64:
			return join("srdi", ops[0], ops[1], ops[3])
		}
	case name == "rldicr" && len(ops) == 4:
		sh, me := num(2), num(3)
		switch {
		case sh == 0:
			return join("clrrdi", ops[0], ops[1], itoa(63-me))
		case sh+me == 63:
			return join("sldi", ops[0], ops[1], ops[2])
		}
	case name == "rlwinm" && len(ops) == 5:
		sh, mb, me := num(2), num(3), num(4)
		switch {
		case mb == 0 && me == 31:
			return join("rotlwi", ops[0], ops[1], ops[2])
		case sh == 0 && me == 31:
			return join("clrlwi", ops[0], ops[1], ops[3])
		case mb == 0 && sh == 0:
			return join("clrrwi", ops[0], ops[1], itoa(31-me))
		case mb == 0 && sh+me == 31:
			return join("slwi", ops[0], ops[1], ops[2])
		case me == 31 && sh+mb == 32:
			return join("srwi", ops[0], ops[1], ops[3])
		}
	}
	return text
}

// s390Jumps are the names of conditional jumps by the mask of the condition code.
var s390Jumps = [16]string{"jnop", "jo", "jh", "jnle", "jl", "jnhe", "jlh", "jne", "je", "jnlh", "jhe", "jnl", "jle",
	"jnh", "jno", "j"}

// s390Names rewrites an instruction of s390x.
func s390Names(text string) string {
	name, rest, _ := strings.Cut(text, " ")
	ops := strings.Split(rest, ",")
	last := len(ops) - 1
	switch name {
	case "brc", "brcl":
		if mask, err := strconv.Atoi(ops[0]); err == nil && mask >= 0 && mask < 16 && last == 1 {
			jump := s390Jumps[mask]
			if name == "brcl" {
				jump = "jg" + strings.TrimPrefix(jump, "j")
			}
			return jump + " " + ops[1]
		}
	case "risbg", "risbgn":
		if end, err := strconv.Atoi(ops[min(3, last)]); err == nil && end >= 128 && last == 4 {
			ops[3] = strconv.Itoa(end - 128)
			if name == "risbg" {
				return "risbgz " + strings.Join(ops, ",")
			}
			return "risbgnz " + strings.Join(ops, ",")
		}
	case "oilf", "nilf", "xilf", "oihf", "nihf", "xihf", "llilf", "llihf", "iilf", "iihf", "clfi", "clgfi", "algfi",
		"alfi", "slgfi":
		return name + " " + unsigned(ops, 32)
	case "oill", "oilh", "oihl", "oihh", "nill", "nilh", "nihl", "nihh", "llill", "llilh", "llihl", "llihh", "tmll",
		"tmlh":
		return name + " " + unsigned(ops, 16)
	case "ni", "oi", "xi", "niy", "oiy", "xiy":
		return name + " " + unsigned(ops, 8)
	case "nopr":
		if rest != "" && rest[0] != '%' {
			return "nop " + rest
		}
	case "mvhi", "mvhhi", "mvghi", "chsi", "cghsi", "chhsi":
		if v, err := strconv.Atoi(ops[last]); err == nil && v >= 0x8000 && v <= 0xffff {
			ops[last] = strconv.Itoa(v - 0x10000)
			return name + " " + strings.Join(ops, ",")
		}
	case "popcnt":
		return strings.TrimSuffix(text, ",0")
	}
	return text
}

// unsigned writes the last operand without a sign.
func unsigned(ops []string, bits uint) string {
	last := len(ops) - 1
	if v, err := strconv.ParseInt(ops[last], 0, 64); err == nil && v < 0 {
		ops[last] = strconv.FormatInt(v&(1<<bits-1), 10)
	}
	return strings.Join(ops, ",")
}

// armBarriers are the options of dmb, dsb and isb.
var armBarriers = map[string]string{"#1": "oshld", "#2": "oshst", "#3": "osh", "#5": "nshld", "#6": "unst",
	"#7": "un", "#9": "ishld",
	"#10": "ishst", "#11": "ish", "#13": "ld", "#14": "st", "#15": "sy"}

// armNames rewrites an instruction of ARM.
func armNames(text string) string {
	name, rest, _ := strings.Cut(text, " ")
	switch {
	case name == "dmb" || name == "dsb" || name == "isb":
		if option := armBarriers[rest]; option != "" {
			return name + " " + option
		}
	case strings.HasPrefix(name, "stm") && strings.Contains(rest, "!") && (name == "stm" || len(name) == 5 &&
		!strings.HasSuffix(name, "b")):
		if _, conditional := armCondition(name); name == "stm" || conditional {
			return "stmia" + name[3:] + " " + rest
		}
	}
	return text
}

// powerTraps are the names of the conditions of a trap, by the TO field (Power ISA, book I, C.5).
var powerTraps = map[string]string{"16": "lt", "20": "le", "4": "eq", "12": "ge", "8": "gt", "24": "ne", "2": "llt",
	"6": "lle", "5": "lge", "1": "lgt", "31": "u"}
