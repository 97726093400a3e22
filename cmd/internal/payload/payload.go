// Package payload makes the data of events that are counted, and finds in what
// arrives which event it was.
package payload

import (
	"bytes"
	"strconv"
	"strings"
)

// Size of an event's data, in bytes.
const Size = 1024

const (
	head = `{"bench":"`
	// order makes the data look like a shop's, so that whoever parses it has the
	// usual work.
	order = `,"order":{"id":"ord_7f3a9c21","state":"paid","currency":"EUR","total":231.40,"placed_at":"2026-03-14T09:26:53Z",` +
		`"customer":{"id":"cus_18d2","name":"Grace Hopper","email":"grace@example.com","address":{"street":"5 Compiler Lane","city":"Arlington","postcode":"22201","country":"US"}},` +
		`"lines":[{"sku":"NB-A5-DOT","title":"Notebook, A5, dotted","quantity":4,"price":12.50},{"sku":"PEN-FN-05","title":"Fountain pen, 0.5 mm","quantity":1,"price":149.00},` +
		`{"sku":"INK-BLU-50","title":"Ink, blue, 50 ml","quantity":2,"price":16.20}],"shipping":{"carrier":"post","service":"tracked","weight_grams":1280,"gift":true}},"note":"`
	tail = `"}`
)

// Data returns an event's data: JSON of [Size] bytes that names the run, which
// is letters and digits, and the event's number in it.
func Data(run string, seq int) []byte {
	b := make([]byte, 0, Size)
	b = append(b, head...)
	b = append(b, run...)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(seq), 10)
	b = append(b, '"')
	b = append(b, order...)
	b = append(b, strings.Repeat("x", max(Size-len(b)-len(tail), 0))...)
	return append(b, tail...)
}

// Find returns the run and the number of the event whose data is somewhere in
// body; ok is false where there is none.
func Find(body []byte) (run string, seq int, ok bool) {
	_, rest, found := bytes.Cut(body, []byte(head))
	if !found {
		return "", 0, false
	}
	id, _, found := bytes.Cut(rest[:min(len(rest), 64)], []byte(`"`))
	if !found {
		return "", 0, false
	}
	name, number, found := bytes.Cut(id, []byte("-"))
	if !found {
		return "", 0, false
	}
	n, err := strconv.ParseUint(string(number), 10, 31)
	return string(name), int(n), err == nil
}
