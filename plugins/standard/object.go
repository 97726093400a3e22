package standard

import "github.com/switchhook/switchhook/plugins/sdk/jsondata"

// object is a JSON object that is being written, its members in the order they
// are added.
type object []byte

// newObject makes room for members of about size bytes.
func newObject(size int) object { return append(make(object, 0, size), '{') }

func (o *object) name(name string) {
	if len(*o) > 1 {
		*o = append(*o, ',')
	}
	*o = append(jsondata.AppendString(*o, name), ':')
}

func (o *object) add(name, value string) {
	o.name(name)
	*o = jsondata.AppendString(*o, value)
}

// addSet adds a member unless its value is empty.
func (o *object) addSet(name, value string) {
	if value != "" {
		o.add(name, value)
	}
}

// addRaw adds a member whose value is JSON, byte for byte.
func (o *object) addRaw(name string, raw []byte) {
	o.name(name)
	*o = append(*o, raw...)
}

func (o *object) done() []byte { return append(*o, '}') }
