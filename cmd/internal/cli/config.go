package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nfoops/nfoops/cmd/internal/policy"
	"github.com/nfoops/nfoops/cmd/internal/render"
)

const configHelp = `Settings that no flag gives come from the environment (NFOOPS_FAIL_ON is
--fail-on), then from ./.nfoops.yaml, ~/.config/nfoops/config.yaml and
/etc/xdg/nfoops/config.yaml, the first that has it, or from --config alone. A
key is the name of a flag; those below the name of a command are for it alone:
  color: never
  scan: {fail-on: oops, ignore-file: ci/ignore.txt}`

// localConfig lies in the folder that the program runs in, which may be anybody's: it can't make the program write
// files, nor connect to anything, unless --config names it.
const localConfig = ".nfoops.yaml"

// configLimit is more than any file of settings, in bytes.
const configLimit = 1 << 20

// reaching are the flags that write files, connect, or start programs.
var reaching = []string{
	"output", "write-baseline", "debuginfod", "inbox", "dir", "exec", "webhook", "syslog", "metrics",
}

// checks are those that a flag's own type does not do.
var checks = map[string]func(value string) error{
	"format": func(v string) error {
		if _, known := render.For(v); !known && v != "" {
			return badFormat(v)
		}
		return nil
	},
	"color": checkColor,
	"arch":  checkArch,
	"fail-on": func(v string) error {
		_, err := policy.ParseLevel(v)
		return err
	},
}

// settings are one source of values for flags.
type settings struct {
	name   string         // of the file, "" for the environment
	values map[string]any // by "flag" and "command.flag"
}

// configure sets the flags that were not given: from the environment, then from the files of settings. Errors name the
// file and the key.
func (a *app) configure(cmd *cobra.Command) error {
	sources, err := environment(cmd)
	if err != nil {
		return err
	}
	if err := sources.apply(cmd); err != nil { // first, as NFOOPS_CONFIG is one of them
		return err
	}
	for _, path := range a.configFiles() {
		s, err := readSettings(path)
		if errors.Is(err, fs.ErrNotExist) && a.config == "" {
			continue
		}
		if err == nil {
			err = s.check(cmd.Root(), a.config != "")
		}
		if err == nil {
			err = s.apply(cmd)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// configFiles are the files of settings, the one that wins first.
func (a *app) configFiles() []string {
	if a.config != "" {
		return []string{a.config}
	}
	list := []string{localConfig}
	const name = "nfoops/config.yaml"
	if dir, err := os.UserConfigDir(); err == nil {
		list = append(list, filepath.Join(dir, name))
	}
	system := os.Getenv("XDG_CONFIG_DIRS")
	if system == "" {
		system = "/etc/xdg"
	}
	for _, dir := range filepath.SplitList(system) {
		if filepath.IsAbs(dir) {
			list = append(list, filepath.Join(dir, name))
		}
	}
	return list
}

// environment reads the variables that stand for flags of the command; others are not ours, and one that is empty says
// nothing.
func environment(cmd *cobra.Command) (*settings, error) {
	k := koanf.New(".")
	err := k.Load(env.Provider(".", env.Opt{Prefix: "NFOOPS_", TransformFunc: func(name, value string) (string, any) {
		flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "NFOOPS_"), "_", "-"))
		if value == "" || flag == "help" || cmd.Flags().Lookup(flag) == nil {
			return "", nil
		}
		return flag, value
	}}), nil)
	return &settings{values: k.All()}, err
}

// readSettings reads one file.
func readSettings(path string) (*settings, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, configLimit+1))
	if err == nil && len(data) > configLimit {
		err = fmt.Errorf("this is no file of settings: it has more than %d bytes", configLimit)
	}
	if err != nil {
		return nil, pathError(path, err)
	}
	return parseSettings(path, data)
}

// parseSettings reads the text of a file.
func parseSettings(path string, data []byte) (*settings, error) {
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(data), yaml.Parser()); err != nil {
		return nil, pathError(path, err)
	}
	return &settings{name: path, values: k.All()}, nil
}

// check holds that each key is a flag of some command, so that a misspelt one does not go unnoticed.
func (s *settings) check(root *cobra.Command, trusted bool) error {
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if empty, isMap := s.values[key].(map[string]any); isMap && len(empty) == 0 {
			continue
		}
		words := strings.Split(key, ".")
		flag := words[len(words)-1]
		known := false
		for _, cmd := range commands(root) {
			if len(words) == 1 || section(cmd) == strings.Join(words[:len(words)-1], ".") {
				known = known || lookup(cmd, flag) != nil
			}
		}
		switch {
		case !known || flag == "help" || flag == "config":
			return s.wrong(key, errors.New("there is no such setting"))
		case s.name == localConfig && !trusted && slices.Contains(reaching, flag):
			err := errors.New("a file of the present folder can't make nfoops write files or connect")
			return withHint(s.wrong(key, err), "--config %s trusts it", localConfig)
		}
	}
	return nil
}

// apply sets the flags of the command that nothing before has set.
func (s *settings) apply(cmd *cobra.Command) error {
	given := map[string]bool{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) { given[f.Name] = f.Changed })
	name := section(cmd)
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		prefix, flag := "", key
		if i := strings.LastIndexByte(key, '.'); i >= 0 {
			prefix, flag = key[:i], key[i+1:]
		}
		f := cmd.Flags().Lookup(flag)
		_, special := s.values[name+"."+flag] // of the command: it wins over the one for all
		if f == nil || given[flag] || prefix != name && (prefix != "" || special) {
			continue
		}
		values, err := texts(s.values[key])
		if _, repeatable := f.Value.(pflag.SliceValue); err == nil && len(values) > 1 && !repeatable {
			err = errors.New("only one value is possible")
		}
		for _, v := range values {
			if check := checks[flag]; check != nil && err == nil {
				err = check(v)
			}
			if err == nil {
				err = cmd.Flags().Set(flag, v)
			}
		}
		if err != nil {
			return s.wrong(key, err)
		}
	}
	return nil
}

// wrong names the file and the key, or the variable.
func (s *settings) wrong(key string, err error) error {
	if s.name == "" {
		return fmt.Errorf("NFOOPS_%s: %w", strings.ToUpper(strings.ReplaceAll(key, "-", "_")), err)
	}
	return fmt.Errorf("%s: %s: %w", s.name, key, err)
}

// texts are the values as a command line would have them.
func texts(value any) ([]string, error) {
	switch v := value.(type) {
	case nil:
		return nil, errors.New("the value is missing")
	case map[string]any:
		return nil, errors.New("this is a value, not a section")
	case time.Time:
		return []string{v.Format(time.RFC3339)}, nil
	case []any:
		var list []string
		for _, x := range v {
			one, err := texts(x)
			if err != nil {
				return nil, err
			}
			list = append(list, one...)
		}
		return list, nil
	}
	return []string{fmt.Sprint(value)}, nil
}

// section is what a command is called in a file of settings: "scan", "kb.list"; analyze is the root's, too.
func section(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "analyze"
	}
	return strings.Join(strings.Fields(cmd.CommandPath())[1:], ".")
}

// commands are all of the tree.
func commands(root *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{root}
	for _, c := range root.Commands() {
		list = append(list, commands(c)...)
	}
	return list
}

// lookup finds a flag of a command that has not been parsed.
func lookup(cmd *cobra.Command, name string) *pflag.Flag {
	if f := cmd.LocalFlags().Lookup(name); f != nil {
		return f
	}
	return cmd.InheritedFlags().Lookup(name)
}
