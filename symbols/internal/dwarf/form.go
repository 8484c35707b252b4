package dwarf

// Numbers of the DWARF 5 standard, section 7.5, and GNU extensions. Only those that are looked at.
const (
	tagArrayType         = 0x01
	tagClassType         = 0x02
	tagEnumerationType   = 0x04
	tagFormalParameter   = 0x05
	tagLexicalBlock      = 0x0b
	tagMember            = 0x0d
	tagPointerType       = 0x0f
	tagReferenceType     = 0x10
	tagCompileUnit       = 0x11
	tagStructureType     = 0x13
	tagSubroutineType    = 0x15
	tagTypedef           = 0x16
	tagUnionType         = 0x17
	tagUnspecifiedParams = 0x18
	tagInheritance       = 0x1c
	tagInlinedSubroutine = 0x1d
	tagSubrangeType      = 0x21
	tagBaseType          = 0x24
	tagConstType         = 0x26
	tagSubprogram        = 0x2e
	tagVariable          = 0x34
	tagVolatileType      = 0x35
	tagRestrictType      = 0x37
	tagNamespace         = 0x39
	tagTypeUnit          = 0x41
	tagAtomicType        = 0x47

	atSibling        = 0x01
	atLocation       = 0x02
	atName           = 0x03
	atByteSize       = 0x0b
	atBitOffset      = 0x0c
	atBitSize        = 0x0d
	atStmtList       = 0x10
	atLowPC          = 0x11
	atHighPC         = 0x12
	atLanguage       = 0x13
	atCompDir        = 0x1b
	atUpperBound     = 0x2f
	atPrototyped     = 0x27
	atAbstractOrigin = 0x31
	atCount          = 0x37
	atDataMemberLoc  = 0x38
	atDeclFile       = 0x3a
	atDeclLine       = 0x3b
	atDeclaration    = 0x3c
	atEncoding       = 0x3e
	atSpecification  = 0x47
	atType           = 0x49
	atRanges         = 0x55
	atCallColumn     = 0x57
	atCallFile       = 0x58
	atCallLine       = 0x59
	atDataBitOffset  = 0x6b
	atLinkageName    = 0x6e
	atStrOffsetsBase = 0x72
	atAddrBase       = 0x73
	atRnglistsBase   = 0x74
	atMIPSLinkage    = 0x2007

	formAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formString        = 0x08
	formBlock         = 0x09
	formBlock1        = 0x0a
	formData1         = 0x0b
	formFlag          = 0x0c
	formSdata         = 0x0d
	formStrp          = 0x0e
	formUdata         = 0x0f
	formRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formIndirect      = 0x16
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formStrx          = 0x1a
	formAddrx         = 0x1b
	formRefSup4       = 0x1c
	formStrpSup       = 0x1d
	formData16        = 0x1e
	formLineStrp      = 0x1f
	formRefSig8       = 0x20
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formGNURefAlt     = 0x1f20
	formGNUStrpAlt    = 0x1f21
)

// formSize is the number of bytes of a form in a unit, -1 if it varies.
func (u *unit) formSize(form uint16) int {
	switch form {
	case formFlagPresent, formImplicitConst:
		return 0
	case formData1, formRef1, formFlag, formStrx1, formAddrx1:
		return 1
	case formData2, formRef2, formStrx2, formAddrx2:
		return 2
	case formStrx3, formAddrx3:
		return 3
	case formData4, formRef4, formStrx4, formAddrx4, formRefSup4:
		return 4
	case formData8, formRef8, formRefSig8, formRefSup8:
		return 8
	case formData16:
		return 16
	case formStrp, formSecOffset, formLineStrp, formStrpSup, formGNURefAlt, formGNUStrpAlt:
		return u.offSize
	case formRefAddr:
		if u.version <= 2 {
			return u.addrSize
		}
		return u.offSize
	case formAddr:
		return u.addrSize
	}
	return -1
}

// value is an attribute's value as it stands in the unit. For a block or a string in place num is where it starts, and
// size its length.
type value struct {
	form uint16
	num  uint64
	size int
}

// read reads one value.
func (u *unit) read(c *cursor, a attr) value {
	form := a.form
	for n := 0; form == formIndirect; n++ {
		if form = uint16(c.uleb()); n > 3 {
			c.bad = true
			return value{}
		}
	}
	v := value{form: form}
	switch form {
	case formImplicitConst:
		v.num = uint64(a.implicit)
	case formFlagPresent:
		v.num = 1
	case formString:
		at := c.at
		v.size = len(c.text())
		v.num = uint64(at)
	case formBlock1, formBlock2, formBlock4, formBlock, formExprloc:
		var n uint64
		switch form {
		case formBlock1:
			n = uint64(c.u8())
		case formBlock2:
			n = uint64(c.u16())
		case formBlock4:
			n = uint64(c.u32())
		default:
			n = c.uleb()
		}
		v.num = uint64(c.at)
		v.size = len(c.take(n))
	case formData16:
		v.num = uint64(c.at)
		c.take(16)
		v.size = 16
	case formSdata:
		v.num = uint64(c.sleb())
	case formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx:
		v.num = c.uleb()
	default:
		if size := u.formSize(form); size > 0 {
			v.num = c.word(size)
		} else {
			c.bad = true
		}
	}
	return v
}

// isBlock reports whether a value is a run of bytes in the unit.
func (v value) isBlock() bool {
	switch v.form {
	case formBlock1, formBlock2, formBlock4, formBlock, formExprloc:
		return true
	}
	return false
}

// text returns a string value, "" if it can't be read.
func (u *unit) text(v value) string {
	switch v.form {
	case formString:
		if end := v.num + uint64(v.size); end <= uint64(len(u.data)) {
			return string(u.data[v.num:end])
		}
	case formStrp:
		return u.x.textAt(".debug_str", v.num)
	case formLineStrp:
		return u.x.textAt(".debug_line_str", v.num)
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4:
		b, err := u.x.window(".debug_str_offsets", u.strBase+v.num*uint64(u.offSize), uint64(u.offSize))
		if err == nil && len(b) == u.offSize {
			c := cursor{b: b, order: u.x.order}
			return u.x.textAt(".debug_str", c.word(u.offSize))
		}
	}
	return ""
}

// address returns an address value.
func (u *unit) address(v value) (uint64, bool) {
	switch v.form {
	case formAddr:
		return v.num, true
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4:
		return u.addressAt(v.num)
	}
	return 0, false
}

func (u *unit) addressAt(index uint64) (uint64, bool) {
	b, err := u.x.window(".debug_addr", u.addrBase+index*uint64(u.addrSize), uint64(u.addrSize))
	if err != nil || len(b) != u.addrSize {
		return 0, false
	}
	c := cursor{b: b, order: u.x.order}
	return c.word(u.addrSize), true
}

// isConstant reports whether a value is a number and no reference to another place.
func (v value) isConstant() bool {
	switch v.form {
	case formData1, formData2, formData4, formData8, formSdata, formUdata, formImplicitConst:
		return true
	}
	return false
}

// reference returns the offset in .debug_info that a value points to.
func (u *unit) reference(v value) (uint64, bool) {
	switch v.form {
	case formRef1, formRef2, formRef4, formRef8, formRefUdata:
		return u.off + v.num, true
	case formRefAddr:
		return v.num, true
	}
	return 0, false
}
