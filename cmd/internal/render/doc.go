// Package render shows reports: text and plain for people, json and jsonl for programs, markdown for bug trackers.
//
// Every string of a report may come from a hostile log. Clean makes it harmless, and nothing reaches an output that
// has not been through it (or, in JSON, through the escapes of JSON). A new format is a file with a Renderer, a row in
// formats and a golden.
package render
