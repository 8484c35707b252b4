package kb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// SourcePattern says how a source tree with the bug differs from one with the fix, by structure and not by version.
type SourcePattern struct {
	// File is its path in the kernel tree, "net/ipv4/netfilter/ipt_connlimit.c".
	File string `yaml:"file" json:"file,omitzero"`
	// Function is whose body is looked at.
	Function string `yaml:"function" json:"function,omitzero"`
	// Faulty and Fixed are pieces of C that stand in the body in this order, other code between them or not. White space
	// and comments play no part. A piece that begins with "not: " must not stand between the pieces around it.
	Faulty []string `yaml:"faulty" json:"faulty,omitzero"`
	Fixed  []string `yaml:"fixed" json:"fixed,omitzero"`
}

// Finding is what a source tree has: the bug, its fix, or neither of the forms that the entry knows.
type Finding string

// The findings of a check. FindsNothing comes with a reason.
const (
	FindsBug     Finding = "bug"
	FindsFix     Finding = "fix"
	FindsNothing Finding = "unknown"
)

// Result is the answer of a check.
type Result struct {
	Finding Finding
	// File is the path inside the tree, Line where the tell-tale code starts, 0 if nothing was found.
	File string
	Line int
	// Reason says in a plain sentence what was seen, or why it is not known.
	Reason string
}

// Limits of a search in a tree: a kernel has some 80000 files, the largest hand-written ones below a megabyte.
const (
	mostTreeEntries = 400_000
	mostSourceBytes = 8 << 20
)

// Check looks whether the source tree has this entry's bug or its fix. The tree may be a whole kernel, a part of it, or
// the directory of the one file. Code that the preprocessor would leave out is looked at like the rest.
func (e *Entry) Check(tree fs.FS) Result {
	p := e.Pattern
	if p.File == "" {
		return Result{Finding: FindsNothing, Reason: "This entry does not say how the bug looks in the source."}
	}
	name, err := e.FindSource(tree)
	if err != nil {
		return Result{Finding: FindsNothing, Reason: sentence(err.Error())}
	}
	src, err := readSource(tree, name)
	if err != nil {
		return Result{Finding: FindsNothing, File: name, Reason: sentence(err.Error())}
	}
	body, line, found := functionBody(tokens(string(src)), p.Function)
	if !found {
		return Result{
			Finding: FindsNothing, File: name, Reason: fmt.Sprintf("There is no function %s() in this file.", p.Function),
		}
	}
	faultyAt, faulty := inOrder(body, p.Faulty)
	fixedAt, fixed := inOrder(body, p.Fixed)
	switch {
	case faulty && !fixed:
		return Result{FindsBug, name, faultyAt, fmt.Sprintf("%s() has the order of the bug.", p.Function)}
	case fixed && !faulty:
		return Result{FindsFix, name, fixedAt, fmt.Sprintf("%s() has the order of the fix.", p.Function)}
	case fixed && faulty:
		return Result{FindsNothing, name, line, p.Function + "() has both the order of the bug and that of the fix."}
	}
	return Result{FindsNothing, name, line, p.Function + "() has neither the order of the bug nor that of the fix."}
}

// FindSource returns the path, inside the tree, of the file that this entry's check or diff is about: the path that the
// entry names, the bare file name at the top, or the one file of that name anywhere. The error says why there is none.
func (e *Entry) FindSource(tree fs.FS) (string, error) {
	want := e.Pattern.File
	if want == "" {
		want = diffFile(e.Fix.Diff)
	}
	if want == "" {
		return "", errors.New("this entry names no source file")
	}
	for _, name := range []string{want, path.Base(want)} {
		if fs.ValidPath(name) {
			if info, err := fs.Stat(tree, name); err == nil && info.Mode().IsRegular() {
				return name, nil
			}
		}
	}
	var found []string
	seen := 0
	err := fs.WalkDir(tree, ".", func(name string, item fs.DirEntry, err error) error {
		seen++
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			return nil // a directory that can't be read is not where it is
		case seen > mostTreeEntries:
			return fmt.Errorf("more than %d files: name a smaller tree", mostTreeEntries)
		case item.IsDir() && item.Name() == ".git":
			return fs.SkipDir
		case item.Name() == path.Base(want) && item.Type().IsRegular():
			found = append(found, name)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("no file %s in this tree", path.Base(want))
	case len(found) > 1:
		return "", fmt.Errorf("several files could be meant: %s", strings.Join(found[:min(len(found), 3)], ", "))
	}
	return found[0], nil
}

// readSource reads a file of the tree as long as it can be source.
func readSource(tree fs.FS, name string) ([]byte, error) {
	file, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, mostSourceBytes+1))
	if err != nil {
		return nil, err
	}
	if len(src) > mostSourceBytes {
		return nil, fmt.Errorf("%s has more than %d bytes", name, mostSourceBytes)
	}
	return src, nil
}
