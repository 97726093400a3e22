package main

import (
	"path"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
)

// eventRow is one event type of the vendor's.
type eventRow struct{ Name, Description, Canonical, Filters string }

// Events lists the catalogue.
func (p provider) Events() []eventRow {
	rows := make([]eventRow, 0, len(p.Manifest.EventTypes))
	for _, t := range p.Manifest.EventTypes {
		rows = append(rows, eventRow{t.Name, t.Description, canonicalOf(t), filtersOf(t)})
	}
	return rows
}

// HasFilters tells whether subscriptions can filter any event.
func (p provider) HasFilters() bool {
	for _, t := range p.Manifest.EventTypes {
		if len(t.FilterKeys) > 0 {
			return true
		}
	}
	return false
}

func canonicalOf(t sdk.EventType) string {
	names := make([]string, len(t.Canonical))
	for i, name := range t.Canonical {
		names[i] = code(name)
	}
	text := strings.Join(names, ", ")
	if when := conditions(t.When); when != "" {
		text += " when " + when
	}
	return text
}

// filtersOf lists the filter keys with where events have their values.
func filtersOf(t sdk.EventType) string {
	keys := make([]string, len(t.FilterKeys))
	for i, k := range t.FilterKeys {
		fields := make([]string, len(k.Fields))
		for j, field := range k.Fields {
			fields[j] = code(field)
		}
		if len(k.Implied) > 0 {
			fields = append(fields, "else by its type")
		}
		keys[i] = code(k.Key) + " (" + strings.Join(fields, ", ") + ")"
	}
	return strings.Join(keys, "<br>")
}

// Link is a link to a file of an example.
func (p provider) Link(file string) string {
	return "[" + path.Base(file) + "](" + path.Join("../../plugins", p.Name, "testdata/documented", file) + ")"
}

// Others are the further forms in which the request of an example is printed.
func (p provider) Others(e documented.Example) string {
	var links []string
	for _, s := range e.Requests[1:] {
		file := s.ProgramFile
		if file == "" {
			file = s.File
		}
		if s.BodyFile != "" {
			file = s.BodyFile
		}
		links = append(links, p.Link(file))
	}
	return strings.Join(links, ", ")
}

// Language is that of a printed request.
func (provider) Language(s documented.Sample) string {
	if strings.HasSuffix(s.File, ".curl") {
		return "sh"
	}
	return "http"
}
