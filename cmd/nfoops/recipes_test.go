package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v4"
)

// The recipes of docs/ci. testdata/scripts/recipe*.txtar run them.
const recipes = "../../docs/ci"

// action is what is used of a composite action
// (https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax).
type action struct {
	Name        string
	Description string
	Inputs      map[string]struct {
		Description string
		Required    bool
		Default     string
	}
	Outputs map[string]struct {
		Description string
		Value       string
	}
	Runs struct {
		Using string
		Steps []struct {
			ID    string
			Name  string
			Shell string
			Env   map[string]string
			Run   string
		}
	}
}

// gitlabJob is what is used of a job (https://docs.gitlab.com/ci/yaml/).
type gitlabJob struct {
	Stage     string
	Needs     []string
	Image     string
	Script    []string
	Artifacts struct {
		When    string
		Paths   []string
		Reports map[string]string
	}
}

func strictYAML(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recipes, file))
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

var expression = regexp.MustCompile(`\$\{\{ *(\w+)\.([\w.-]+) *\}\}`)

func TestRecipes(t *testing.T) {
	var a action
	strictYAML(t, "action.yml", &a)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) == 0 {
		t.Errorf("this is no composite action: %+v", a)
	}
	used := map[string]bool{}
	for _, step := range a.Runs.Steps {
		if step.Shell == "" || strings.Contains(step.Run, "${{") {
			t.Errorf("step %s has no shell, or an expression in its script, where text of others becomes code", step.ID)
		}
		for _, value := range step.Env {
			for _, m := range expression.FindAllStringSubmatch(value, -1) {
				if _, known := a.Inputs[m[2]]; m[1] != "inputs" || !known {
					t.Errorf("there is no %s", m[0])
				}
				used[m[2]] = true
			}
		}
	}
	for name := range a.Inputs {
		if !used[name] {
			t.Errorf("input %s does nothing", name)
		}
	}
	var jobs map[string]gitlabJob
	strictYAML(t, "gitlab-ci.yml", &jobs)
	for name, job := range jobs {
		for kind, file := range job.Artifacts.Reports {
			if !strings.Contains(strings.Join(job.Script, "\n"), "="+file+" ") {
				t.Errorf("%s: the %s report %s is written by nothing", name, kind, file)
			}
		}
	}
	files, err := os.ReadDir(recipes)
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(recipes, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name() != "README.md" && !strings.Contains(string(readme), "["+f.Name()+"]("+f.Name()+")") {
			t.Errorf("README.md does not name %s", f.Name())
		}
	}
}

// The image is built by a target of the Makefile, from where it leaves the program.
func TestContainerfile(t *testing.T) {
	container, err := os.ReadFile(filepath.Join(recipes, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(container), "\nRUN make build\n") ||
		!strings.Contains(string(container), "COPY --from=build /src/bin/nfoops ") ||
		!regexp.MustCompile(`(?m)^build:.*\n\tgo build .* -o bin/nfoops `).Match(makefile) {
		t.Error("Containerfile and Makefile disagree about where the program is built")
	}
	gomod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^go ([0-9]+\.[0-9]+)`).FindSubmatch(gomod)
	if m == nil || !strings.Contains(string(container), "golang:"+string(m[1])+" AS build") {
		t.Errorf("the image has another Go than go.mod, %s", m)
	}
}

// steps FILE OUT writes the scripts of a recipe's steps, with their environment, as one script. An input x-y of an
// action is the variable INPUT_X_Y, or its default.
func steps(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: steps file out")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var b strings.Builder
	if filepath.Base(args[0]) == "action.yml" {
		var a action
		ts.Check(yaml.Unmarshal(data, &a))
		b.WriteString("set -eo pipefail\n") // as GitHub runs bash
		for _, step := range a.Runs.Steps {
			for name, value := range step.Env {
				value = expression.ReplaceAllStringFunc(value, func(x string) string {
					input := expression.FindStringSubmatch(x)[2]
					variable := "INPUT_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
					if v := ts.Getenv(variable); v != "" {
						return v
					}
					return a.Inputs[input].Default
				})
				fmt.Fprintf(&b, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
			}
			b.WriteString(step.Run)
		}
	} else {
		var jobs map[string]gitlabJob
		ts.Check(yaml.Unmarshal(data, &jobs))
		b.WriteString("set -e\n")
		for _, job := range jobs {
			b.WriteString(strings.Join(job.Script, "\n") + "\n")
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o644))
}
