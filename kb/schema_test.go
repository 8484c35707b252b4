package kb

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

const schemaFile = "../testdata/schema/kb-entry.json"

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON turns a YAML document into the values that the schema library works on.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var document any
	if err := yaml.Load(data, &document); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestEntriesFollowTheSchema(t *testing.T) {
	schema := compileSchema(t)
	files, err := filepath.Glob("entries/*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d entries, error %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema serves editors, Lint decides. Where both can tell, they have to agree.
func TestSchemaAndLintAgree(t *testing.T) {
	schema := compileSchema(t)
	changes := map[string]struct {
		extra string
		ok    bool
	}{
		"good":                 {"", true},
		"window":               {`affected: {windows: [{from: "2.6.0", before: 6.13-rc2, modules: [ipt_connlimit]}]}`, true},
		"version":              {`fixed: {mainline: "six"}`, false},
		"short version":        {`fixed: {mainline: "6"}`, false},
		"commit":               {`fixed: {commits: [0123]}`, false},
		"good commit":          {`fixed: {commits: [0123456789ab]}`, true},
		"stable":               {`fixed: {stable: {"6.1": "6.1.9", "2.6.32": "2.6.32.4"}}`, true},
		"unknown key":          {`fixes: {}`, false},
		"unknown key below":    {`fixed: {main: "6.1"}`, false},
		"arch":                 {`faults: [{offset: 1, arch: amd64}]`, false},
		"fault without a fact": {`faults: [{access: read}]`, false},
		"poison":               {`faults: [{poison: LIST_POISON1}]`, true},
		"hex":                  {`code: [{arch: i386, shape: [nop], ref: "90 90 90 90 9"}]`, false},
		"short code":           {`code: [{arch: i386, shape: [nop], ref: "90 90 90 90"}]`, false},
		"code":                 {`code: [{arch: i386, shape: [nop], ref: "90 90 90 90 90"}]`, true},
		"code without shape":   {`code: [{arch: i386, ref: "90 90 90 90 90"}]`, false},
		"arm64 code":           {`code: [{arch: arm64, ref: "61 32 00 91 3f"}]`, true},
		"arm64 shape":          {`code: [{arch: arm64, shape: [nop], ref: "61 32 00 91 3f"}]`, false},
		"cve":                  {`cve: [cve-2024-1]`, false},
		"frames":               {`frames: [[a]]`, false},
		"module frame":         {`frames: [[a, "b [c]"]]`, true},
		"bad frame":            {`frames: [[a, "b c"]]`, false},
		"site":                 {`sites: [{at: f+0x1/0x2}]`, true},
		"bad site":             {`sites: [{at: f+0x1}]`, false},
		"condition":            {`requires: [{fact: arch, any: [arm64]}]`, true},
		"bad condition":        {`requires: [{fact: weather, any: [fine]}]`, false},
		"empty condition":      {`requires: [{fact: arch, any: []}]`, false},
		"reference":            {`references: ["ftp://x"]`, false},
		"namespaces":           {`preconditions: {user_namespaces: maybe}`, false},
		"builds":               {`affected: {builds: [{release: "4.18.0-*.el8*", affected: "yes"}]}`, true},
	}
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			data := []byte(goodEntry + c.extra + "\n")
			bySchema := schema.Validate(asJSON(t, data)) == nil
			_, problems := readEntry("good-one.yaml", data)
			if byLint := len(problems) == 0; bySchema != c.ok || byLint != c.ok {
				t.Errorf("schema %v, lint %v %v, want %v", bySchema, byLint, problems, c.ok)
			}
		})
	}
}

// Every field of Entry is in the schema and the other way round, down to the last level.
func TestSchemaHasTheFieldsOfEntry(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	compareFields(t, "entry", reflect.TypeFor[Entry](), root, root)
}

func compareFields(t *testing.T, where string, typ reflect.Type, schema, root map[string]any) {
	t.Helper()
	for {
		if ref, ok := schema["$ref"].(string); ok {
			schema = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
			continue
		}
		if typ.Kind() == reflect.Slice {
			items, ok := schema["items"].(map[string]any)
			if !ok {
				t.Errorf("%s: a list, but the schema has no items", where)
				return
			}
			typ, schema = typ.Elem(), items
			continue
		}
		break
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		t.Errorf("%s: the schema has no properties", where)
		return
	}
	var fields []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		key := field.Tag.Get("yaml")
		fields = append(fields, key)
		if below, ok := properties[key].(map[string]any); ok {
			compareFields(t, where+"."+key, field.Type, below, root)
		}
	}
	slices.Sort(fields)
	if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(properties))); diff != "" {
		t.Errorf("%s: fields (-Entry +schema):\n%s", where, diff)
	}
}

// The word lists of the schema are those of Lint.
func TestSchemaHasTheWordsOfLint(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Properties map[string]struct{ Enum []string }
		Defs       struct {
			Arch struct{ Enum []string }
			Kind struct {
				AnyOf []struct{ Enum []string }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2][]string{
		"arch":      {knownArchs, root.Defs.Arch.Enum},
		"kind":      {knownKinds, root.Defs.Kind.AnyOf[0].Enum},
		"class":     {knownClasses, root.Properties["class"].Enum},
		"quality":   {knownQualities, root.Properties["quality"].Enum},
		"subsystem": {knownSubsystems, root.Properties["subsystem"].Enum},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-lint +schema):\n%s", name, diff)
		}
	}
}
