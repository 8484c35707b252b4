package dwarf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// row is one row of a line table.
type row struct {
	addr uint64
	file uint32
	line uint32
	col  uint16
	end  bool // the first address after a sequence
}

// lineTable is the line table of one unit.
type lineTable struct {
	files     []string // by number as the unit uses it; [0] is "" before version 5
	rows      []row
	sequences []sequence // by lo
}

// sequence is a run of rows with rising addresses: rows[first:last], of which the last one is the end.
type sequence struct {
	lo, hi      uint64
	first, last int
}

const (
	// maxLines bounds the bytes of one line program. The largest of a kernel have 300 KB.
	maxLines = 64 << 20
	maxFiles = 1 << 16
	// maxRows bounds the rows. One row takes one byte of the program at least.
	maxRows = 4 << 20
)

// file returns the path of a file number, "" if there's none.
func (t *lineTable) file(n uint64) string {
	if n < uint64(len(t.files)) {
		return t.files[n]
	}
	return ""
}

// find returns the row for an address: the last one at or below it.
func (t *lineTable) find(pc uint64) (row, bool) {
	i, found := slices.BinarySearchFunc(t.sequences, pc, func(s sequence, pc uint64) int {
		return cmp.Compare(s.lo, pc)
	})
	if !found {
		i--
	}
	for n := 0; i >= 0 && n < 64; i, n = i-1, n+1 {
		s := t.sequences[i]
		if pc < s.lo || pc >= s.hi {
			continue
		}
		rows := t.rows[s.first:s.last]
		j, _ := slices.BinarySearchFunc(rows, pc, func(r row, pc uint64) int {
			if r.addr <= pc {
				return -1
			}
			return 1
		})
		if j > 0 {
			return rows[j-1], true
		}
	}
	return row{}, false
}

// lineTable reads the unit's line table, once.
func (u *unit) lineTable() (*lineTable, error) {
	if !u.linesRead {
		u.linesRead = true
		u.lines, u.linesErr = u.readLines()
	}
	return u.lines, u.linesErr
}

func (u *unit) readLines() (*lineTable, error) {
	if !u.hasLines {
		return nil, fmt.Errorf("the unit at %#x has no lines", u.off)
	}
	head, err := u.x.window(".debug_line", u.stmtList, 12)
	if err != nil {
		return nil, err
	}
	c := cursor{b: head, order: u.x.order}
	n, _ := c.length()
	if c.bad || n > maxLines {
		return nil, fmt.Errorf(".debug_line: the table at %#x has a length of %#x", u.stmtList, n)
	}
	b, err := u.x.window(".debug_line", u.stmtList, n+uint64(c.at))
	if err != nil {
		return nil, err
	}
	p := lineProgram{cursor: cursor{b: b, at: c.at, order: u.x.order}, u: u, table: &lineTable{}}
	p.offSize = 4
	if c.at > 4 {
		p.offSize = 8
	}
	if err := p.header(); err != nil {
		return nil, fmt.Errorf(".debug_line: the table at %#x: %w", u.stmtList, err)
	}
	p.run()
	slices.SortStableFunc(p.table.sequences, func(a, b sequence) int { return cmp.Compare(a.lo, b.lo) })
	return p.table, nil
}

// lineProgram runs one line program.
type lineProgram struct {
	cursor
	u        *unit
	table    *lineTable
	offSize  int
	addrSize int
	version  int
	minInst  uint64
	maxOps   uint64
	base     int64
	rng      uint64
	opcode   uint8
	lengths  []uint8
}

func (p *lineProgram) header() error {
	p.version = int(p.u16())
	if p.version < 2 || p.version > 5 {
		return fmt.Errorf("version %d", p.version)
	}
	p.addrSize = p.u.addrSize
	if p.version >= 5 {
		p.addrSize = int(p.u8())
		p.u8() // segment selectors
	}
	headerLength := p.word(p.offSize)
	program := uint64(p.at) + headerLength
	p.minInst = uint64(p.u8())
	p.maxOps = 1
	if p.version >= 4 {
		p.maxOps = uint64(max(1, p.u8()))
	}
	p.u8() // default_is_stmt: every row counts
	p.base = int64(int8(p.u8()))
	p.rng = uint64(p.u8())
	p.opcode = p.u8()
	if p.bad || p.opcode == 0 || program > uint64(len(p.b)) || headerLength > uint64(len(p.b)) {
		return fmt.Errorf("damaged header")
	}
	p.lengths = p.take(uint64(p.opcode) - 1)
	if p.version >= 5 {
		p.tables5()
	} else {
		p.tables()
	}
	if p.bad {
		return fmt.Errorf("damaged table of files")
	}
	p.at = int(program)
	return nil
}

// tables reads the folders and files of versions 2 to 4.
func (p *lineProgram) tables() {
	dirs := []string{p.u.dir}
	for len(dirs) < maxFiles {
		t := p.text()
		if len(t) == 0 {
			break
		}
		dirs = append(dirs, join(p.u.dir, string(t)))
	}
	p.table.files = []string{""}
	for len(p.table.files) < maxFiles {
		name := p.text()
		if len(name) == 0 {
			break
		}
		dir := p.uleb()
		p.uleb() // time
		p.uleb() // size
		p.table.files = append(p.table.files, inDir(dirs, dir, string(name)))
	}
}

// tables5 reads the folders and files of version 5.
func (p *lineProgram) tables5() {
	var dirs []string
	p.entries(func(name string, _ uint64) {
		if len(dirs) == 0 {
			dirs = append(dirs, name)
			return
		}
		dirs = append(dirs, join(dirs[0], name))
	})
	p.entries(func(name string, dir uint64) {
		p.table.files = append(p.table.files, inDir(dirs, dir, name))
	})
}

// entries reads one table of version 5.
func (p *lineProgram) entries(yield func(name string, dir uint64)) {
	type format struct{ content, form uint64 }
	formats := make([]format, p.u8())
	for i := range formats {
		formats[i] = format{p.uleb(), p.uleb()}
	}
	count := p.uleb()
	if count > maxFiles || len(formats) == 0 && count > 0 {
		p.bad = true
		return
	}
	lu := *p.u // strings in place are in this section
	lu.data, lu.offSize, lu.addrSize = p.b, p.offSize, p.addrSize
	for range count {
		var name string
		var dir uint64
		for _, f := range formats {
			v := lu.read(&p.cursor, attr{form: uint16(f.form)})
			switch f.content {
			case 1: // path
				name = lu.text(v)
			case 2: // directory index
				dir = v.num
			}
		}
		if p.bad {
			return
		}
		yield(name, dir)
	}
}

func inDir(dirs []string, dir uint64, name string) string {
	if dir < uint64(len(dirs)) {
		return join(dirs[dir], name)
	}
	return name
}

// join puts a path behind a folder as compilers mean it. Nothing is cleaned.
func join(dir, name string) string {
	if dir == "" || strings.HasPrefix(name, "/") {
		return name
	}
	if name == "" {
		return dir
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// run makes the rows.
func (p *lineProgram) run() {
	var addr, op uint64
	file, line, col := uint64(1), uint64(1), uint64(0)
	first := len(p.table.rows)
	add := func(end bool) {
		r := row{addr: addr, file: uint32(file), line: uint32(line), col: uint16(min(col, 1<<16-1)), end: end}
		rows := p.table.rows
		// Of rows at one address the last one counts.
		if n := len(rows); !end && n > first && rows[n-1].addr == addr {
			rows[n-1] = r
			return
		}
		p.table.rows = append(p.table.rows, r)
	}
	finish := func() {
		t := p.table
		rows := t.rows[first:]
		if len(rows) > 1 && rows[0].addr != 0 {
			if !slices.IsSortedFunc(rows, func(a, b row) int { return cmp.Compare(a.addr, b.addr) }) {
				slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.addr, b.addr) })
			}
			t.sequences = append(t.sequences, sequence{rows[0].addr, rows[len(rows)-1].addr, first, len(t.rows)})
		} else {
			t.rows = t.rows[:first]
		}
		first = len(t.rows)
		addr, op, file, line, col = 0, 0, 1, 1, 0
	}
	advance := func(n uint64) {
		if p.maxOps == 1 {
			addr += n * p.minInst
			return
		}
		addr += p.minInst * ((op + n) / p.maxOps)
		op = (op + n) % p.maxOps
	}
	for p.left() > 0 && !p.bad && len(p.table.rows) < maxRows {
		code := p.u8()
		if code >= p.opcode {
			if p.rng == 0 {
				return
			}
			n := uint64(code - p.opcode)
			advance(n / p.rng)
			line += uint64(p.base + int64(n%p.rng))
			add(false)
			continue
		}
		switch code {
		case 0: // extended
			n := p.uleb()
			if n == 0 || n > uint64(p.left()) {
				return
			}
			end := p.at + int(n)
			switch p.u8() {
			case 1: // end_sequence
				add(true)
				finish()
			case 2: // set_address
				addr, op = p.word(int(n-1)), 0
			case 3: // define_file
				if name := string(p.text()); len(p.table.files) < maxFiles {
					p.table.files = append(p.table.files, join(p.u.dir, name))
				}
			}
			p.at = end
		case 1: // copy
			add(false)
		case 2: // advance_pc
			advance(p.uleb())
		case 3: // advance_line
			line += uint64(p.sleb())
		case 4: // set_file
			file = p.uleb()
		case 5: // set_column
			col = p.uleb()
		case 8: // const_add_pc
			if p.rng == 0 {
				return
			}
			advance(uint64(255-p.opcode) / p.rng)
		case 9: // fixed_advance_pc
			addr += uint64(p.u16())
			op = 0
		case 6, 7, 10, 11: // negate_stmt, basic_block, prologue_end, epilogue_begin
		case 12: // set_isa
			p.uleb()
		default:
			for range p.lengths[code-1] {
				p.uleb()
			}
		}
	}
	// A program without an end: what it told so far is kept.
	if len(p.table.rows)-first > 1 {
		finish()
	}
}
