package documented

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Index is the file of a directory that says what the others are.
const Index = "examples.yaml"

// Set is the documented examples of one vendor.
type Set struct {
	// Documentation says where the examples are printed, for people.
	Documentation string
	// Origin is scheme and host of the printed URLs, for which a gateway's own
	// address stands.
	Origin string
	// Headers, as "Name: value", go with every request that prepares an example.
	Headers []string
	// ID is the JSON pointer to the id in the answer of a preparing request.
	ID string
	// Examples in the order of the documentation.
	Examples []Example
}

// Example is one printed request with its answer, or one printed delivery.
type Example struct {
	// Name is unique in the set.
	Name string
	// Title is the name for people.
	Title string
	// Place is the page, and the section of it, that prints the example.
	Place string
	// Note says what else a reader must know, such as what the page leaves out.
	Note string
	// Requests are printed ways to make the same request; each is answered alike.
	Requests []Sample
	// Replace are placeholders of the printed requests, and what stands for them.
	// In the replacements, {token} is an API key and {id} the id of the
	// subscription that Prepare has made.
	Replace map[string]string
	// Prepare are requests of the vendor's API that go before.
	Prepare []Call
	// Scopes of the API key; none are all.
	Scopes []string
	// Broken is true where the answer is that of a gateway whose store fails.
	Broken bool
	// Wait is a JSON pointer that the answer must have first; "" for none.
	Wait string
	// Answer to the requests; nil for a delivery.
	Answer *Answer
	// Publish is the event that makes the delivery, or that is delivered before the
	// request; nil for none.
	Publish *Event
	// Delivery is what the subscriber gets; nil for a request.
	Delivery *Delivery
	// Differences between what is printed and what is answered or delivered.
	Differences []Difference
}

// Sample is one printed request.
type Sample struct {
	// File holds the request: a .curl is a command line, a .request is in the form
	// of [ParseRequest].
	File string
	// BodyFile holds the body of a command line that is printed apart from it.
	BodyFile string `yaml:"body"`
	// ProgramFile is the printed program that sends what File says.
	ProgramFile string `yaml:"program"`

	// Text of File, and the Request that it makes.
	Text    string  `yaml:"-"`
	Request Request `yaml:"-"`
}

// Call is a request that prepares an example. Path is that of the vendor's URLs.
type Call struct{ Method, Path, Body string }

// Answer is a printed answer.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Headers, as "Name: value", that the documentation names.
	Headers []string
	// File holds the body; "" where none is printed.
	File string

	// Text of File.
	Text string `yaml:"-"`
}

// Event is published to make a delivery.
type Event struct {
	Type string
	// ID and Time of the event, where the delivery shows them.
	ID, Time string
	// Attributes are extension attributes of the event.
	Attributes map[string]string
	// File holds the data; "" is the example of the type's schema.
	File string `yaml:"data"`

	// Text of File.
	Text string `yaml:"-"`
}

// Delivery is a printed delivery.
type Delivery struct {
	// Headers, as "Name: value", that the documentation names.
	Headers []string
	// File holds the body.
	File string

	// Text of File.
	Text string `yaml:"-"`
}

// Load reads a directory of examples. A file that is named and not there, or
// there and not named, is an error.
func Load(dir string) (*Set, error) {
	text, err := os.ReadFile(filepath.Join(dir, Index))
	if err != nil {
		return nil, err
	}
	var set Set
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&set); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, Index), err)
	}
	l := loader{dir: dir, named: []string{Index}}
	for i := range set.Examples {
		if err := l.example(&set.Examples[i]); err != nil {
			return nil, fmt.Errorf("%s: example %s: %w", filepath.Join(dir, Index), set.Examples[i].Name, err)
		}
	}
	return &set, l.allNamed()
}

// Find returns the example of a name; nil if there is none.
func (s *Set) Find(name string) *Example {
	i := slices.IndexFunc(s.Examples, func(e Example) bool { return e.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Examples[i]
}
