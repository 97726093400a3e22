package expression

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

type kind uint8

const (
	kindNil kind = iota
	kindBool
	kindInt
	kindFloat
	kindText
	kindArray
	kindObject
	kindTime
)

var kindNames = [...]string{"null", "a boolean", "an integer", "a decimal", "a text", "an array", "an object", "a time"}

func (k kind) String() string { return kindNames[k] }

func (k kind) number() bool { return k == kindInt || k == kindFloat }

// value is one value. It is passed in registers, so that scalars need no memory.
type value struct {
	kind kind
	int  int64 // of kindInt; 1 is true for kindBool
	num  float64
	text string
	// ref is a []any, map[string]any or *time.Time.
	ref any
}

var nilValue = value{}

func boolValue(b bool) value {
	if b {
		return value{kind: kindBool, int: 1}
	}
	return value{kind: kindBool}
}

func intValue(n int64) value           { return value{kind: kindInt, int: n} }
func floatValue(f float64) value       { return value{kind: kindFloat, num: f} }
func textValue(s string) value         { return value{kind: kindText, text: s} }
func arrayValue(a []any) value         { return value{kind: kindArray, ref: a} }
func timeValue(t *time.Time) value     { return value{kind: kindTime, ref: t} }
func (v value) truth() bool            { return v.int != 0 }
func (v value) time() *time.Time       { t, _ := v.ref.(*time.Time); return t }
func (v value) array() []any           { a, _ := v.ref.([]any); return a }
func (v value) fields() map[string]any { o, _ := v.ref.(map[string]any); return o }

// float is the number as a double.
func (v value) float() float64 {
	if v.kind == kindInt {
		return float64(v.int)
	}
	return v.num
}

// load turns what a JSON decoder made, or any made, into a value.
func (m *Machine) load(x any) (value, error) {
	switch x := x.(type) {
	case string:
		return textValue(x), nil
	case json.Number:
		return m.number(x)
	case bool:
		return boolValue(x), nil
	case map[string]any:
		return value{kind: kindObject, ref: x}, nil
	case []any:
		return arrayValue(x), nil
	case int64:
		return intValue(x), nil
	case float64:
		return floatValue(x), nil
	case *time.Time:
		return timeValue(x), nil
	default:
		return nilValue, nil
	}
}

// number reads a JSON number. It is read each time that it is met, which for
// numbers of usual length costs less than to keep it.
func (m *Machine) number(n json.Number) (value, error) {
	if len(n) > stepBuilt {
		if err := m.make(len(n)); err != nil {
			return value{}, err
		}
	}
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return intValue(i), nil
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil && !math.IsInf(f, 0) { // beyond the doubles is infinite
		return nilValue, nil
	}
	return floatValue(f), nil
}

// any is the opposite of load.
func (v value) any() any {
	switch v.kind {
	case kindNil:
		return nil
	case kindBool:
		return v.truth()
	case kindInt:
		return v.int
	case kindFloat:
		return v.num
	case kindText:
		return v.text
	default:
		return v.ref
	}
}

// maxShown bounds the text of a value that is shown, in bytes.
const maxShown = 80

// show is the value as a reader may be told of it.
func (v value) show() string {
	switch v.kind {
	case kindNil:
		return "null"
	case kindBool:
		return strconv.FormatBool(v.truth())
	case kindInt:
		return strconv.FormatInt(v.int, 10)
	case kindFloat:
		return strconv.FormatFloat(v.num, 'g', -1, 64)
	case kindText:
		return Quote(v.text)
	case kindArray:
		return "an array of " + strconv.Itoa(len(v.array()))
	case kindObject:
		return "an object of " + strconv.Itoa(len(v.fields()))
	default:
		return v.time().UTC().Format(time.RFC3339Nano)
	}
}

// Quote returns text in quotes, shortened where it is long.
func Quote(text string) string { return strconv.Quote(cut(text, maxShown)) }
