package oops

import "strings"

// HeadLine is the number of the line that says what crash it is: the title rests on it. A ruled line or code may stand
// before it.
func (c *Crash) HeadLine() int {
	for i := range c.Lines {
		if strings.TrimSpace(c.Lines[i].Text) == c.headline {
			return c.Lines[i].Num
		}
	}
	return c.FirstLine
}
