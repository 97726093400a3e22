package conformance

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// canonicalJSON is the example data of every canonical event type, by type. It is
// made of openapi/events.yaml by `go test -run TestCanonicalExamples -update`, and
// that test fails where it is not up to date. A copy: the kit must work where
// there is no repository.
//
//go:embed canonical.json
var canonicalJSON []byte

var canonicalExamples = sync.OnceValues(func() (examples map[string]json.RawMessage, err error) {
	err = json.Unmarshal(canonicalJSON, &examples)
	return examples, err
})

// canonicalData is example data of a canonical type; nil if there is none.
func (k *kit) canonicalData(eventType string) json.RawMessage {
	if data, ok := k.o.Canonical[eventType]; ok {
		return data
	}
	examples, err := canonicalExamples()
	if err != nil { // the file is compiled in, and tested
		return nil
	}
	return examples[eventType]
}
