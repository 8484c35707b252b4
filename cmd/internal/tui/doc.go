// Package tui is the screen of triage: the inbox, and of each crash its report, trace, code, registers, raw log and
// known bug. It shows reports and the store, and asks a Backend for everything that needs the analysis.
//
// The model is pure: bytes and time come in as messages, and what takes time is a command. Every key is a row of the
// table in keys.go, which the help, docs/keys.md and the tests read too. Everything that stood in a log goes through
// package plain, and what is drawn passes one more gate that lets nothing through but text and SGR.
package tui
