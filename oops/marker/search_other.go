//go:build !amd64 || noasm

package marker

// vectorBlocks is nil where no vector search was written for the machine.
var vectorBlocks blocks
