package tui

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
)

// Every screen at the sizes that people have, without colours. Read the goldens as somebody who has a broken machine.
func TestScreens(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		files      bool
		ascii      bool
		sizes      [][2]int
	}{
		{name: "inbox", sizes: [][2]int{{60, 15}, {80, 24}, {120, 40}}},
		{name: "inbox-ascii", ascii: true, sizes: [][2]int{{80, 24}}},
		{name: "inbox-hosts", keys: "m down", sizes: [][2]int{{80, 24}}},
		{name: "inbox-filter", keys: `/ "!nat`, sizes: [][2]int{{80, 24}}},
		{name: "inbox-closed", keys: "a G", sizes: [][2]int{{80, 24}}},
		{name: "files", files: true, sizes: [][2]int{{80, 24}, {120, 40}}},
		{name: "report", keys: "enter", sizes: [][2]int{{60, 15}, {80, 24}, {120, 40}}},
		{name: "unknown", keys: "G enter", sizes: [][2]int{{80, 24}}},
		{name: "trace", keys: "enter 2 down down", sizes: [][2]int{{60, 15}, {80, 24}, {120, 40}}},
		{name: "code", keys: "enter 3", sizes: [][2]int{{80, 24}, {120, 40}}},
		{name: "registers", keys: "enter 4", sizes: [][2]int{{80, 24}}},
		{name: "raw", keys: "enter 2 down down enter", sizes: [][2]int{{80, 24}, {120, 40}}},
		{name: "kb", keys: "enter 6", sizes: [][2]int{{80, 24}}},
		{name: "compare", keys: "v down down enter d", sizes: [][2]int{{80, 24}, {120, 40}}},
		{name: "compare-same", keys: "v enter e d", sizes: [][2]int{{80, 24}}},
		{name: "note", keys: `t "seen"`, sizes: [][2]int{{80, 24}}},
		{name: "close", keys: "c", sizes: [][2]int{{60, 15}, {80, 24}}},
		{name: "copy", keys: "y", sizes: [][2]int{{80, 24}}},
		{name: "open", keys: "enter 2 o", sizes: [][2]int{{80, 24}}},
		{name: "symbols", keys: "s tab", sizes: [][2]int{{80, 24}}},
		{name: "help", keys: "?", sizes: [][2]int{{60, 15}, {80, 24}, {120, 40}}},
		{name: "small", sizes: [][2]int{{40, 10}}},
	} {
		for _, size := range c.sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				m := screenOf(t, size[0], size[1], func(o *Options) {
					o.ASCII = c.ascii
					if c.files {
						o.Files, o.Name = true, "var/crash"
					}
				})
				press(m, c.keys)
				golden.RequireEqual(t, shown(m))
			})
		}
	}
}
