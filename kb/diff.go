package kb

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// checkDiff says whether text is a unified diff whose hunks have as many lines as their headers say.
func checkDiff(text string) error {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	hunks, header := 0, false
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "--- "):
			if i+1 >= len(lines) || !strings.HasPrefix(lines[i+1], "+++ ") {
				return fmt.Errorf("line %d: no +++ line follows", i+1)
			}
			header = true
			i += 2
		case strings.HasPrefix(line, "@@ "):
			if !header {
				return fmt.Errorf("line %d: a hunk before the --- and +++ lines", i+1)
			}
			n, err := checkHunk(lines[i:])
			if err != nil {
				return fmt.Errorf("line %d: %w", i+1, err)
			}
			hunks++
			i += n
		case !header:
			i++ // what git and people write above the diff
		case strings.HasPrefix(line, "diff ") || strings.HasPrefix(line, "index "):
			i++
		default:
			return fmt.Errorf("line %d: belongs to no hunk", i+1)
		}
	}
	if hunks == 0 {
		return errors.New("no hunk in it")
	}
	return nil
}

// checkHunk checks the hunk at the front of lines and returns how many of them belong to it.
func checkHunk(lines []string) (int, error) {
	fields := strings.SplitN(lines[0], " ", 5)
	if len(fields) < 4 || !strings.HasPrefix(fields[3], "@@") {
		return 0, errors.New("the hunk header is not of the form @@ -1,7 +1,7 @@")
	}
	before, ok1 := hunkLength(fields[1], "-")
	after, ok2 := hunkLength(fields[2], "+")
	if !ok1 || !ok2 {
		return 0, errors.New("the hunk header is not of the form @@ -1,7 +1,7 @@")
	}
	changes := false
	i := 1
	for ; i < len(lines) && (before > 0 || after > 0); i++ {
		switch {
		case lines[i] == "" || lines[i][0] == ' ':
			before--
			after--
		case lines[i][0] == '-':
			before--
			changes = true
		case lines[i][0] == '+':
			after--
			changes = true
		case lines[i][0] == '\\':
		default:
			return 0, fmt.Errorf("hunk line %d starts with neither blank, minus nor plus", i)
		}
	}
	if before != 0 || after != 0 {
		return 0, errors.New("the hunk has another number of lines than its header says")
	}
	if !changes {
		return 0, errors.New("the hunk changes nothing")
	}
	if i < len(lines) && strings.HasPrefix(lines[i], "\\") {
		i++
	}
	return i, nil
}

// hunkLength reads "-12,7" or "-12", which is "-12,1".
func hunkLength(s, sign string) (int, bool) {
	rest, found := strings.CutPrefix(s, sign)
	if !found {
		return 0, false
	}
	start, length, given := strings.Cut(rest, ",")
	if !isDigits(start) || len(start) > 9 {
		return 0, false
	}
	if !given {
		return 1, true
	}
	if !isDigits(length) || len(length) > 9 {
		return 0, false
	}
	n, err := strconv.Atoi(length)
	return n, err == nil
}
