// Package cli is the command line: it reads flags and files, asks triage, and hands reports to render. Run is all that
// main needs. One file is one command; exit.go has the exit status.
//
// Data goes to standard output, talk to standard error. What a command prints about names and contents that it was
// given has been through render.Clean.
package cli
