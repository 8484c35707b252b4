package render

import (
	"bytes"
	"os"
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
