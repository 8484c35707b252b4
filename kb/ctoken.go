package kb

import "strings"

// token is one lexical unit of C source, with the line it stands in, counted from 1.
type token struct {
	text string
	line int
}

// tokens splits C source into names, numbers, literals and operators; white space and comments fall away. It never
// fails: what is no C comes out as single characters. Preprocessor lines are tokens like others, so that both branches
// of an #ifdef are seen.
func tokens(src string) []token {
	var list []token
	line := 1
	for i := 0; i < len(src); {
		c := src[i]
		start, first := i, line
		switch {
		case c == '\n':
			line++
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\\':
			i++
			continue
		case c == '/' && i+1 < len(src) && src[i+1] == '/':
			for i < len(src) && src[i] != '\n' {
				i++
			}
			continue
		case c == '/' && i+1 < len(src) && src[i+1] == '*':
			for i += 2; i < len(src); i++ {
				if src[i] == '\n' {
					line++
				}
				if src[i] == '/' && src[i-1] == '*' && i > start+2 {
					break
				}
			}
			i++
			continue
		case c == '"' || c == '\'':
			for i++; i < len(src) && src[i] != c && src[i] != '\n'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			i++
		case isNameByte(c):
			for i < len(src) && isNameByte(src[i]) {
				i++
			}
		case i+1 < len(src) && isOperator(src[i:i+2]):
			i += 2
		default:
			i++
		}
		list = append(list, token{text: src[start:min(i, len(src))], line: first})
	}
	return list
}

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func isOperator(s string) bool {
	switch s {
	case "->", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "<<", ">>", "+=", "-=", "*=", "/=", "|=", "&=", "^=":
		return true
	}
	return false
}

// functionBody returns the tokens between the braces of the function's definition; ok is false if there is none.
func functionBody(list []token, name string) (body []token, line int, ok bool) {
	depth := 0
	for i := 0; i < len(list); i++ {
		switch list[i].text {
		case "{":
			depth++
		case "}":
			depth = max(depth-1, 0)
		case name:
			if depth > 0 || i+1 >= len(list) || list[i+1].text != "(" {
				continue
			}
			open := closing(list, i+1, "(", ")") + 1
			if open <= 0 || open >= len(list) || list[open].text != "{" {
				continue // a declaration, or a call in a macro
			}
			end := closing(list, open, "{", "}")
			if end < 0 {
				end = len(list)
			}
			return list[open+1 : end], list[i].line, true
		}
	}
	return nil, 0, false
}

// closing finds the partner of the bracket at list[i]; -1 if it has none.
func closing(list []token, i int, left, right string) int {
	depth := 0
	for ; i < len(list); i++ {
		switch list[i].text {
		case left:
			depth++
		case right:
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// absent begins a piece of a pattern that must not be there.
const absent = "not: "

// inOrder looks for the pieces one after the other, each a run of tokens, and for none of those that must not stand
// between them; it returns the line where the first stands.
func inOrder(body []token, pieces []string) (line int, ok bool) {
	from := 0
	var unwanted [][]token
	free := func(part []token) bool {
		for _, u := range unwanted {
			if findRun(part, u) >= 0 {
				return false
			}
		}
		unwanted = nil
		return true
	}
	for _, piece := range pieces {
		if no, found := strings.CutPrefix(piece, absent); found {
			unwanted = append(unwanted, tokens(no))
			continue
		}
		want := tokens(piece)
		at := findRun(body[from:], want)
		if at < 0 || !free(body[from:from+at]) {
			return 0, false
		}
		if line == 0 {
			line = body[from+at].line
		}
		from += at + len(want)
	}
	if line == 0 || !free(body[from:]) {
		return 0, false
	}
	return line, true
}

func findRun(body, want []token) int {
	for i := 0; i+len(want) <= len(body); i++ {
		found := true
		for j := range want {
			if body[i+j].text != want[j].text {
				found = false
				break
			}
		}
		if found && len(want) > 0 {
			return i
		}
	}
	return -1
}
