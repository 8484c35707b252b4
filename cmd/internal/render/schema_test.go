package render

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "../../../testdata/schema/report.v1.json"

// strict compiles the published schema without its leave to add fields: a field that Report has and the schema has
// not would go unnoticed with it.
func strict(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(schema)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.v1.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("report.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, there := v["properties"]; there {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closeObjects(x)
		}
	case []any:
		for _, x := range v {
			closeObjects(x)
		}
	}
}

// TestSampleIsWhole holds that the sample sets every field, so that goldens, schema and hostile reports know them all.
func TestSampleIsWhole(t *testing.T) {
	empty(t, "Report", reflect.ValueOf(*sample()))
}

// empty reports what is not set below v.
func empty(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			empty(t, path, v.Elem())
			return
		}
	case reflect.Struct:
		for i := range v.NumField() {
			empty(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
		return
	case reflect.Slice:
		if v.Len() == 0 {
			break
		}
		if v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		// A field counts as set if one of the elements sets it.
		for i := range v.Type().Elem().NumField() {
			set := false
			for j := range v.Len() {
				set = set || !v.Index(j).Field(i).IsZero()
			}
			if !set {
				t.Errorf("%s[].%s is never set", path, v.Type().Elem().Field(i).Name)
			}
		}
		return
	}
	if v.IsZero() && v.Kind() != reflect.Bool && !strings.HasPrefix(path, "Report.Span.") && path != "Report.CPU" {
		t.Errorf("%s is not set", path)
	}
}

func TestSchema(t *testing.T) {
	schema := strict(t)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(shown(t, "json", Options{}, sample(), nothing())))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	// The schema can fail, too.
	doc.(map[string]any)["reports"].([]any)[0].(map[string]any)["severity"] = "terrible"
	if schema.Validate(doc) == nil {
		t.Error("the schema allows any severity")
	}
}
