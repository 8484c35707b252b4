//go:build !amd64 || noasm

package marker

// vectorSearches is empty where none was written for the machine.
var vectorSearches []vector
