package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// canonicalType is one type of openapi/events.yaml.
type canonicalType struct {
	Name, Schema, Description string
	// Line of the schema in the document.
	Line int
}

// canonicalTypes reads the types in the order of the document.
func canonicalTypes(root string) ([]canonicalType, error) {
	text, err := os.ReadFile(filepath.Join(root, eventsYAML))
	if err != nil {
		return nil, err
	}
	var document struct {
		Types      yaml.Node `yaml:"x-event-types"`
		Components struct {
			Schemas map[string]struct{ Description string }
		}
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	var types []canonicalType
	for i := 0; i+1 < len(document.Types.Content); i += 2 {
		t := canonicalType{Name: document.Types.Content[i].Value}
		t.Schema = strings.TrimPrefix(document.Types.Content[i+1].Value, "#/components/schemas/")
		schema, ok := document.Components.Schemas[t.Schema]
		if !ok {
			return nil, fmt.Errorf("%s: %s has no schema", eventsYAML, t.Name)
		}
		t.Description = schema.Description
		t.Line = 1 + slices.Index(strings.Split(string(text), "\n"), "    "+t.Schema+":")
		types = append(types, t)
	}
	return types, nil
}

// matrix is who calls which canonical type what.
type matrix struct {
	Vendors []provider
	Rows    []matrixRow
}

type matrixRow struct {
	canonicalType
	// Cells are the names of each vendor, in the order of the vendors.
	Cells []string
}

func newMatrix(types []canonicalType, providers []provider) matrix {
	var m matrix
	for _, p := range providers {
		if !p.Manifest.OpenCatalogue {
			m.Vendors = append(m.Vendors, p)
		}
	}
	for _, t := range types {
		row := matrixRow{canonicalType: t}
		for _, v := range m.Vendors {
			row.Cells = append(row.Cells, natives(v.Manifest.EventTypes, t.Name))
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// natives are the names of a canonical type in a catalogue, each with its
// conditions.
func natives(catalogue []sdk.EventType, canonical string) string {
	var names []string
	for _, t := range catalogue {
		if !slices.Contains(t.Canonical, canonical) {
			continue
		}
		name := code(t.Name)
		if when := conditions(t.When); when != "" {
			name += " (" + when + ")"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "—"
	}
	return strings.Join(names, "<br>")
}

// conditions are what must hold of an event, in words.
func conditions(when []sdk.Filter) string {
	parts := make([]string, len(when))
	for i, f := range when {
		parts[i] = code(f.Key) + " is " + code(f.Value)
	}
	return strings.Join(parts, ", ")
}
