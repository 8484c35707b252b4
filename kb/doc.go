// Package kb knows crashes that were seen before. An entry is a YAML file, most with two logs beside it: one that shows
// the bug and a near miss that must not be taken for it. Match compares the plain facts of one crash with all entries
// and returns those that fit, best first, each with the evidence for and against.
//
// The package reads no crash logs itself: who parsed the log fills in Facts. It would rather say nothing than
// something wrong.
//
// After a change in entries, go generate ./kb brings the built-in form of them up to date; a test says so where it is
// forgotten.
package kb
