package standard

import (
	"bytes"

	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// objectBuilder writes a JSON object with its members in the order they are added.
type objectBuilder struct {
	b   bytes.Buffer
	err error
}

func (o *objectBuilder) add(name, value string) {
	raw, err := jsondata.Marshal(value)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.addRaw(name, raw)
}

// addSet adds a member unless its value is empty.
func (o *objectBuilder) addSet(name, value string) {
	if value != "" {
		o.add(name, value)
	}
}

// addRaw adds a member whose value is JSON, byte for byte.
func (o *objectBuilder) addRaw(name string, raw []byte) {
	key, err := jsondata.Marshal(name)
	if err != nil && o.err == nil {
		o.err = err
	}
	if o.b.Len() == 0 {
		o.b.WriteByte('{')
	} else {
		o.b.WriteByte(',')
	}
	o.b.Write(key)
	o.b.WriteByte(':')
	o.b.Write(raw)
}

func (o *objectBuilder) done() ([]byte, error) {
	o.b.WriteByte('}')
	return o.b.Bytes(), o.err
}
