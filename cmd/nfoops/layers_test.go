package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nfoops/nfoops/"

// layers is the table of ARCHITECTURE.md: what a package may import of this module, directly, and which libraries are
// at home in it. A package may also import what is internal to it. One that is not in the table fails the test: give
// it a place first.
var layers = map[string]struct {
	imports   []string
	libraries []string
}{
	// 4
	"cmd/nfoops": {imports: []string{"cmd/internal/cli"}},
	"cmd/internal/cli": {
		imports: []string{
			"cmd/internal/doctor", "cmd/internal/listen", "cmd/internal/plain", "cmd/internal/policy", "cmd/internal/render", "cmd/internal/store",
			"cmd/internal/triage", "cmd/internal/tui", "oops", "oops/frame", "oops/netconsole", "oops/scan", "disasm", "symbols", "symbols/unpack", "kb",
		},
		libraries: []string{
			"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/bmatcuk/doublestar/v4",
			"github.com/schollz/progressbar/v3", "github.com/knadh/koanf",
		},
	},
	// 3
	"cmd/internal/doctor": {},
	"cmd/internal/listen": {
		imports:   []string{"cmd/internal/plain", "cmd/internal/store", "cmd/internal/triage", "oops/netconsole"},
		libraries: []string{"github.com/prometheus/client_golang/prometheus", "github.com/gopacket/gopacket"},
	},
	"cmd/internal/policy": {imports: []string{"cmd/internal/triage"}},
	"cmd/internal/render": {
		imports:   []string{"cmd/internal/plain", "cmd/internal/triage"},
		libraries: []string{"github.com/owenrumney/go-sarif/v3", "github.com/jstemmer/go-junit-report/v2"},
	},
	"cmd/internal/store": {
		imports:   []string{"cmd/internal/triage"},
		libraries: []string{"github.com/jackc/pgx/v5", "modernc.org/sqlite"},
	},
	"cmd/internal/tui": {
		imports: []string{"cmd/internal/plain", "cmd/internal/store", "cmd/internal/triage"},
		libraries: []string{
			"charm.land/bubbletea/v2", "charm.land/bubbles/v2", "charm.land/lipgloss/v2",
			"github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi", "github.com/sahilm/fuzzy",
		},
	},
	// 2
	"cmd/internal/triage": {imports: []string{"oops", "oops/testrun", "disasm", "symbols", "symbols/btf", "kb"}},
	// 1
	"symbols/btf": {imports: []string{"symbols"}, libraries: []string{"github.com/cilium/ebpf/btf"}},
	"oops": {
		imports:   []string{"oops/frame", "oops/marker"},
		libraries: []string{"github.com/ianlancetaylor/demangle"},
	},
	"oops/scan":    {imports: []string{"oops/marker"}},
	"oops/testrun": {imports: []string{"oops/frame"}},
	"oops/netconsole": {
		imports:   []string{"oops/frame", "oops/marker"},
		libraries: []string{"golang.org/x/sys/unix"},
	},
	// 0
	"cmd/internal/plain": {},
	"oops/frame":         {},
	"oops/marker":        {libraries: []string{"golang.org/x/sys/cpu"}},
	"disasm":             {libraries: []string{"golang.org/x/arch"}},
	"symbols": {
		imports:   []string{"symbols/unpack"},
		libraries: []string{"github.com/ianlancetaylor/demangle"},
	},
	"symbols/internal/object": {imports: []string{"symbols/unpack"}},
	"symbols/internal/dwarf":  {imports: []string{"symbols/internal/object"}},
	"symbols/unpack": {libraries: []string{
		"github.com/anchore/go-lzo", "github.com/klauspost/compress", "github.com/pierrec/lz4/v4", "github.com/ulikunitz/xz",
	}},
	"kb": {libraries: []string{
		"github.com/aymanbagabas/go-udiff", "github.com/bluekeyes/go-gitdiff/gitdiff", "go.yaml.in/yaml/v4",
	}},
}

// The libraries that came with another one and are nobody's own choice.
var comesWith = map[string]string{
	"github.com/mitchellh/colorstring":     "github.com/schollz/progressbar/v3",
	"golang.org/x/term":                    "github.com/schollz/progressbar/v3",
	"github.com/inconshreveable/mousetrap": "github.com/spf13/cobra",
	"github.com/cilium/ebpf/internal":      "github.com/cilium/ebpf/btf",
	"github.com/cilium/ebpf/asm":           "github.com/cilium/ebpf/btf",
	"golang.org/x/sys/unix":                "github.com/cilium/ebpf/btf",
	"github.com/xeipuuv":                   "github.com/owenrumney/go-sarif/v3",
	"github.com/go-viper/mapstructure/v2":  "github.com/knadh/koanf/v2",
	"github.com/mitchellh/copystructure":   "github.com/knadh/koanf/v2",
	"github.com/mitchellh/reflectwalk":     "github.com/knadh/koanf/v2",
	"go.yaml.in/yaml/v3":                   "github.com/knadh/koanf/parsers/yaml",
	"github.com/charmbracelet/x":           "charm.land/bubbletea/v2",
	"github.com/charmbracelet/ultraviolet": "charm.land/bubbletea/v2",
	"github.com/clipperhouse":              "charm.land/bubbletea/v2",
	"github.com/lucasb-eyer/go-colorful":   "charm.land/bubbletea/v2",
	"github.com/mattn/go-runewidth":        "charm.land/bubbletea/v2",
	"github.com/muesli/cancelreader":       "charm.land/bubbletea/v2",
	"github.com/rivo/uniseg":               "charm.land/bubbletea/v2",
	"github.com/xo/terminfo":               "charm.land/bubbletea/v2",
	"golang.org/x/sync/errgroup":           "charm.land/bubbletea/v2",
	"github.com/charmbracelet/harmonica":   "charm.land/bubbles/v2",
	"github.com/atotto/clipboard":          "charm.land/bubbles/v2",
	"github.com/jackc/pgpassfile":          "github.com/jackc/pgx/v5",
	"github.com/jackc/pgservicefile":       "github.com/jackc/pgx/v5",
	"github.com/jackc/puddle/v2":           "github.com/jackc/pgx/v5",
	"golang.org/x/text":                    "github.com/jackc/pgx/v5",
	"golang.org/x/sync/semaphore":          "github.com/jackc/pgx/v5",
	"github.com/dustin/go-humanize":        "modernc.org/sqlite",
	"github.com/google/uuid":               "modernc.org/sqlite",
	"github.com/remyoudompheng/bigfft":     "modernc.org/sqlite",
	"modernc.org/libc":                     "modernc.org/sqlite",
	"modernc.org/mathutil":                 "modernc.org/sqlite",
	"modernc.org/memory":                   "modernc.org/sqlite",
	"github.com/beorn7/perks":              "github.com/prometheus/client_golang",
	"github.com/cespare/xxhash/v2":         "github.com/prometheus/client_golang",
	"github.com/munnerz/goautoneg":         "github.com/prometheus/client_golang",
	"github.com/prometheus/client_golang":  "github.com/prometheus/client_golang",
	"github.com/prometheus/client_model":   "github.com/prometheus/client_golang",
	"github.com/prometheus/common":         "github.com/prometheus/client_golang",
	"github.com/prometheus/procfs":         "github.com/prometheus/client_golang",
	"google.golang.org/protobuf":           "github.com/prometheus/client_golang",
	"golang.org/x/net/bpf":                 "github.com/gopacket/gopacket",
}

// network are the packages that may open connections, which they do only when they are asked to.
var network = []string{"symbols", "oops/netconsole", "cmd/internal/listen"}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestLayers(t *testing.T) {
	rows := goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./cmd/...", "./oops/...", "./disasm/...",
		"./symbols/...", "./kb/...")
	for _, row := range rows {
		fields := strings.Fields(row)
		name := strings.TrimPrefix(fields[0], module)
		allowed, known := layers[name]
		if !known {
			t.Errorf("%s has no place in the layer table", name)
			continue
		}
		for _, path := range fields[1:] {
			own, isOwn := strings.CutPrefix(path, module)
			switch {
			case path == "net" || strings.HasPrefix(path, "net/http"):
				if !slices.Contains(network, name) {
					t.Errorf("%s imports %s: connections are at home in %v", name, path, network)
				}
			case isOwn && !slices.Contains(allowed.imports, own) && !strings.HasPrefix(own, name+"/internal/"):
				t.Errorf("%s imports %s, which the layer table does not allow", name, own)
			case !isOwn && strings.Contains(strings.Split(path, "/")[0], ".") && !within(path, allowed.libraries):
				t.Errorf("%s imports %s, which is not at home there", name, path)
			}
		}
	}
}

// Nothing foreign is linked but what the table names.
func TestLibraries(t *testing.T) {
	var homes []string
	for _, l := range layers {
		homes = append(homes, l.libraries...)
	}
	for _, path := range goList(t, "-deps", "./cmd/nfoops") {
		if strings.HasPrefix(path, module) || !strings.Contains(strings.Split(path, "/")[0], ".") {
			continue
		}
		if !within(path, homes) && !within(path, mapKeys(comesWith)) {
			t.Errorf("%s is linked, but no package of the layer table is its home", path)
		}
	}
}

func mapKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func within(path string, libraries []string) bool {
	return slices.ContainsFunc(libraries, func(l string) bool { return path == l || strings.HasPrefix(path, l+"/") })
}
