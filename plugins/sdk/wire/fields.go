package wire

import (
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxParts is the most parts of a message for which room is made at once. Larger
// ones are left to the protocol buffers library: they are no batches of a gateway.
const maxParts = 1 << 12

// fields reads a message field by field, as far as it consists of what this
// contract's messages do: varints and length-delimited fields of small numbers.
// Anything else ends it with failed set, and the message is left to the protocol
// buffers library.
type fields struct {
	rest   []byte
	failed bool
	// tag of the current field: its number times 8 and its wire type
	// (protobuf.dev/programming-guides/encoding).
	tag byte
	// varint or bytes is its value, as the type says.
	varint uint64
	bytes  []byte
}

const (
	varintField = byte(protowire.VarintType)
	bytesField  = byte(protowire.BytesType)
)

// next goes to the next field.
func (f *fields) next() bool {
	if len(f.rest) == 0 || f.failed {
		return false
	}
	f.tag = f.rest[0]
	f.failed = true // until the value is read
	if f.tag >= 1<<7 {
		return false
	}
	value, n := protowire.ConsumeVarint(f.rest[1:])
	if n < 0 {
		return false
	}
	f.rest = f.rest[1+n:]
	switch f.tag & 7 {
	case varintField:
		f.varint = value
	case bytesField:
		if value > uint64(len(f.rest)) {
			return false
		}
		f.bytes, f.rest = f.rest[:value:value], f.rest[value:]
	default:
		return false
	}
	f.failed = false
	return true
}

// unknown ends the reading at a field that the reader does not know.
func (f *fields) unknown() { f.failed = true }

// text reads the current field's text, which lies in the message.
func (f *fields) text(to *string) {
	if !utf8.Valid(f.bytes) {
		f.failed = true
		return
	}
	*to = unsafe.String(unsafe.SliceData(f.bytes), len(f.bytes)) //nolint:gosec // the message is not changed any more
}

// pair reads the current field, an entry of a map, into to.
func (f *fields) pair(to *map[string]string) {
	var key, value string
	f.textPair(&key, &value)
	if *to == nil {
		*to = make(map[string]string)
	}
	(*to)[key] = value
}

// textPair reads the current field, a message of two texts.
func (f *fields) textPair(first, second *string) {
	entry := fields{rest: f.bytes}
	for entry.next() {
		switch entry.tag {
		case 1<<3 | bytesField:
			entry.text(first)
		case 2<<3 | bytesField:
			entry.text(second)
		default:
			entry.unknown()
		}
	}
	f.failed = f.failed || entry.failed
}

// count tells how many fields of each tag a message has.
func count(message []byte, tags ...byte) (n [4]int) {
	f := fields{rest: message}
	for f.next() {
		for i, tag := range tags {
			if f.tag == tag {
				n[i]++
			}
		}
	}
	return n
}
