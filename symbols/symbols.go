// Package symbols answers what lies at a kernel address, where a kernel function is, which line of the source that was,
// and what a type looks like in memory.
//
// # Maps
//
// [Load] reads a System.map or the text of /proc/kallsyms into a [Table]. A table by itself says what the file says.
// Before its answers are mixed with those of a crash log, hand the log's own pairs of address and symbol to
// [Table.Fit]: it solves the slide of KASLR, verifies the map against every pair, and refuses a map of another kernel
// with a [*MismatchError]. A wrong map gives wrong names that look right, so an unverified fit says so.
//
// # Images
//
// [OpenKernel] takes a vmlinux, folders with modules, a release, and gives a [Kernel]; [OpenImage] opens one file, an
// [Image]. [Kernel.Resolve] answers "function+offset/size [module]" with functions, lines and inlined calls,
// [Kernel.Find] an address; [Image.Lines] is the part that reads debug information. [Image.Table] makes a table, so all
// of the above works for an image too. [Image.Verify] holds an image against what the log says, and refuses one of
// another kernel with a [*WrongImageError]. [Image.Code] and [Image.Search] give and find bytes of code, with those
// that the running kernel may have changed marked.
//
// # Types
//
// [Image.Prototype] and [Image.Struct] read the debug information; package btf reads the same from BTF. A [Type] gives
// the members at an offset ([Type.FieldPaths]), a [Prototype] the fields that its parameters lead to
// ([Prototype.Reach]).
//
// # Promises
//
// A lookup that fails says why (a [Reason]), damage in a file is a note or an error that names the file and what is
// damaged, a table doesn't change after loading and can be used from several goroutines, and every name is printable
// ASCII. Of a file no more is read than an answer needs; what is unpacked is bounded by 100 times its size. Nothing is
// fetched from a network unless a [Debuginfod] is handed over.
//
// Addresses, offsets and sizes are in bytes. On a 32-bit kernel they fit in 32 bits and arithmetic wraps there.
package symbols

// Symbol is one named place in the kernel or in one of its modules.
type Symbol struct {
	// Addr is where the symbol starts.
	Addr uint64
	// Size is the gap to the next symbol, 0 if no symbol follows. It is an upper bound: padding counts as the symbol's.
	// The kernel prints the same gap in "name+offset/size".
	Size uint64
	// Name is the name as the file has it, with the compiler's suffixes. See [Symbol.Demangled].
	Name string
	// Module is the module that owns the symbol, "" for the kernel image.
	Module string
	// Type is the letter that nm gives: t or T for code, d, b, r and others for data, lower case for local ones.
	// It is 0 in a place that has no symbol.
	Type byte
}

// Place is an address told as a symbol and an offset.
type Place struct {
	// Symbol is the nearest one at or below the address. Where only the base of a module is known (a
	// [ReasonModuleBase]), its Name is "", and Module, Addr and Size are the module's.
	Symbol Symbol
	// Offset is the distance from Symbol.Addr.
	Offset uint64
}

// Reason says in a few words why a lookup has no answer, or only half of one. It is "" when there's nothing to add.
type Reason string

// The reasons of this package. They read as the end of "this address is …" or "this name is …".
const (
	// ReasonUser is an address of user space, or a small number.
	ReasonUser Reason = "a user-space address"
	// ReasonOutside is an address where no kernel image and no module can be.
	ReasonOutside Reason = "outside the kernel image"
	// ReasonModuleArea is an address where modules live, in a table that has no symbol for it.
	ReasonModuleArea Reason = "in the module area, and there are no symbols for a module there"
	// ReasonModuleBase comes with a Place: the module is known, its symbols are not.
	ReasonModuleBase Reason = "in a module without symbols, the offset is from the module's base"
	// ReasonHole is an address that is too far above the last symbol below it.
	ReasonHole Reason = "in a hole between the symbols"
	// ReasonNoName is a name that the table doesn't have.
	ReasonNoName Reason = "not in this table"
	// ReasonOffset is an offset beyond the end of every symbol of that name.
	ReasonOffset Reason = "shorter than the offset"
	// ReasonSize is a size that no symbol of that name has.
	ReasonSize Reason = "in this table, but with another size"
)
