package expression_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// input is an event of a test.
type input struct {
	attributes map[string]string
	time       *time.Time
	data       any
	noData     bool
}

func (i *input) Attribute(name string) (string, bool) { v, ok := i.attributes[name]; return v, ok }
func (i *input) Time() *time.Time                     { return i.time }
func (i *input) Data() (any, bool)                    { return i.data, !i.noData }

func newInput(t require.TestingT, data string) *input {
	at := time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)
	in := &input{
		attributes: map[string]string{"id": "e-1", "source": "/shop", "type": "order.created", "sequence": "41"},
		time:       &at,
	}
	d := json.NewDecoder(bytes.NewReader([]byte(data)))
	d.UseNumber()
	require.NoError(t, d.Decode(&in.data))
	return in
}

const order = `{
	"id": 9007199254740993, "total": 150, "weight": 1.5, "huge": 18446744073709551616, "beyond": 1e999,
	"text": "Grüße", "vip": true, "note": null, "tags": ["gift", "fragile"], "empty": [], "least": -9223372036854775808,
	"items": [{"sku": "a", "price": 5, "lots": [1, 2]}, {"sku": "b", "price": 50, "lots": []}],
	"customer": {"name": "Ann", "first name": "A", "address": null}, "created": "2026-01-31T12:00:00Z"
}`

func TestRun(t *testing.T) {
	t.Parallel()
	in := newInput(t, order)
	for source, want := range map[string]string{
		// Attributes.
		`attributes.type == "order.created"`:                            "true",
		`attributes["type"] startsWith "order." and data.vip`:           "true",
		`attributes.subject == "x"`:                                     "attributes.subject is absent",
		`attributes?.subject == nil`:                                    "true",
		`attributes.subject ?? "none" == "none"`:                        "refused",
		`(attributes.subject ?? "none") == "none"`:                      "true",
		`"subject" in attributes`:                                       "false",
		`"time" in attributes and "sequence" in attributes`:             "true",
		`"Time" in attributes`:                                          "false",
		`int(attributes.sequence) + 1 == 42`:                            "true",
		`attributes.time > date("2026-01-31")`:                          "true",
		`attributes.time < date(data.created)`:                          "false",
		`attributes.time == date("2026-03-04T06:06:07.00000089+01:00")`: "true",
		`attributes.time != date(data.text)`:                            `"Grüße" is no date; write 2026-01-31 or 2026-01-31T12:00:00Z: date(data.text)`,
		`attributes.time > data.created`:                                "type error: attributes.time > data.created needs a time on both sides, not a text",
		`attributes[data.text] == "x"`:                                  "attributes[data.text] is absent",
		`attributes[data.total] == "x"`:                                 "type error: attributes[data.total] needs the name of an attribute, not an integer",
		// Paths.
		`data.customer.name == "Ann"`:                    "true",
		`data.customer["first name"] == "A"`:             "true",
		`data.items[0].sku + data.items[-1].sku == "ab"`: "true",
		`data.items[2].sku == "c"`:                       "data.items[2] is absent",
		`data.missing == 1`:                              "data.missing is absent",
		`data.missing != 1`:                              "data.missing is absent",
		`!data.missing`:                                  "data.missing is absent",
		`not (data.missing == 1)`:                        "data.missing is absent",
		`data.missing.deeper == 1`:                       "data.missing is absent",
		`data.note == nil`:                               "true",
		`data.note.deeper == nil`:                        "data.note.deeper is absent",
		`data.note?.deeper == nil`:                       "true",
		`data.missing?.deeper.deepest == nil`:            "true",
		`data.customer?.missing == nil`:                  "true",
		`data?.["customer"].name == "Ann"`:               "true",
		`data.missing ?? 5 > 4`:                          "refused",
		`(data.missing ?? 5) > 4`:                        "true",
		`(data.missing.deeper + 1 ?? 5) == 5`:            "data.missing is absent",
		`((data.missing.deeper + 1) ?? 5) == 5`:          "true",
		`(data.note ?? data.vip)`:                        "true",
		`(data.text + 1) ?? true`:                        "type error: data.text + 1 needs texts on both sides, not an integer",
		`data.vip or data.missing`:                       "true",
		`data.missing or data.vip`:                       "data.missing is absent",
		`not data.vip and data.missing`:                  "false",
		`"total" in data and "missing" not in data`:      "true",
		`"gift" in data.tags`:                            "true",
		`data.total in [100, 150.0]`:                     "true",
		`data.total in [data.id, "150"]`:                 "false",
		`"x" in data.text`:                               `type error: "x" in data.text needs an array or an object to look in, not a text`,
		`"x" in data.missing`:                            "data.missing is absent",
		`5 in data`:                                      "type error: 5 in data needs the name of a field, not an integer",
		`data.text.deeper == 1`:                          "type error: data.text.deeper needs an object or an array, not a text",
		`data[0] == 1`:                                   "type error: data[0] needs the name of a field, not an integer",
		`data.items["sku"] == 1`:                         "type error: data.items.sku needs the number of an element, not a text",
		// Kinds.
		`data.total`:                        "type error: the expression gives an integer, not true or false",
		`data.note`:                         "type error: the expression gives null, not true or false",
		`data.total and true`:               "type error: data.total and true needs true or false on both sides, not an integer",
		`!data.total`:                       "type error: !data.total needs true or false, not an integer",
		`data.total ? true : false`:         "type error: data.total needs to be true or false, not an integer",
		`data.total == "150"`:               "false",
		`data.total != "150"`:               "true",
		`data.vip < 1`:                      "type error: data.vip < 1 needs numbers, texts or times, not a boolean",
		`data.total < data.text`:            "type error: data.total < data.text needs an integer on both sides, not a text",
		`data.vip ? data.total > 1 : false`: "true",
		`if data.total > 1000 { data.missing } else { data.vip }`: "true",
		`let t = data.total; let u = t * 2; t < u`:                "true",
		`let t = data.missing; true`:                              "data.missing is absent",
		// Numbers.
		`data.id == 9007199254740993`:                                "true",
		`data.id == 9007199254740992`:                                "false",
		`data.id > 9007199254740992`:                                 "true",
		`data.id - 1 == 9007199254740992`:                            "true",
		`data.huge == 18446744073709551616.0`:                        "true",
		`data.huge > data.id`:                                        "true",
		`data.beyond > data.huge`:                                    "true",
		`data.weight * 2 == 3`:                                       "true",
		`data.total / 100 == 1.5`:                                    "true",
		`data.total % 100 == 50`:                                     "true",
		`data.least % -1 == 0`:                                       "true",
		`1 < data.weight < 2`:                                        "true",
		`-data.weight == -1.5 and +data.total == 150`:                "true",
		`-data.least > 0`:                                            "the result has more than 64 bits: -data.least",
		`abs(data.least) > 0`:                                        "the result has more than 64 bits: abs(data.least)",
		`data.least - 1 < 0`:                                         "the result has more than 64 bits: data.least - 1",
		`data.least * -1 > 0`:                                        "the result has more than 64 bits: data.least * -1",
		`-1 * data.least > 0`:                                        "the result has more than 64 bits: -1 * data.least",
		`data.id * 1025 > 0`:                                         "the result has more than 64 bits: data.id * 1025",
		`data.id * 1023 == 9214364837600035839 and data.id * 0 == 0`: "true",
		`data.least + -1 < 0`:                                        "the result has more than 64 bits: data.least + -1",
		`data.text / 2 > 0`:                                          "type error: data.text / 2 needs numbers, not a text",
		`abs(data.text) > 0`:                                         "type error: abs(data.text) needs a number, not a text",
		`round(data.text) > 0`:                                       "type error: round(data.text) needs a number, not a text",
		`int(data.vip) > 0`:                                          "type error: int(data.vip) needs a number or a text, not a boolean",
		`float(data.vip) > 0`:                                        "type error: float(data.vip) needs a number or a text, not a boolean",
		`lower(data.vip) == ""`:                                      "type error: lower(data.vip) needs a text, not a boolean",
		`date(data.vip) == attributes.time`:                          "type error: date(data.vip) needs a text, not a boolean",
		`data.total in attributes`:                                   "type error: data.total in attributes needs the name of an attribute, not an integer",
		`data.customer == data.items[0]`:                             "false",
		`data.customer == data`:                                      "false",
		`data.least * 1 == data.least`:                               "true",
		`data.total / 0 > 0`:                                         "division by zero: data.total / 0",
		`data.total % 0 > 0`:                                         "division by zero: data.total % 0",
		`data.weight % 2 > 0`:                                        "type error: data.weight % 2 needs integers, not a decimal",
		`-data.text == 1`:                                            "type error: -data.text needs a number, not a text",
		`+data.text == 1`:                                            "type error: +data.text needs a number, not a text",
		`data.text - 1 == 1`:                                         "type error: data.text - 1 needs numbers, not a text",
		// Texts.
		`data.text contains "rüß" and data.text endsWith "e"`:                     "true",
		`data.text < "Grüßf"`:                                                     "true",
		`data.text matches "^Gr.ße$"`:                                             "true",
		`data.total matches "1"`:                                                  "type error: data.total matches \"1\" needs a text, not an integer",
		`data.note contains "x"`:                                                  `type error: data.note contains "x" needs texts, not null`,
		`data.text + "!" == "Grüße!"`:                                             "true",
		`len(data.text) == 5 and len(data.tags) == 2 and len(data.customer) == 3`: "true",
		`len(data.total) == 3`:                                                    "type error: len(data.total) needs a text, an array or an object, not an integer",
		`lower(data.text) == "grüße"`:                                             "true",
		`upper("a" + trim(" b ")) == "AB"`:                                        "true",
		`int("12") == 12 and int(1.9) == 1`:                                       "true",
		`float("1.5") == 1.5 and float(2) == 2.0`:                                 "true",
		`int(data.text) == 1`:                                                     `"Grüße" is no integer of 64 bits: int(data.text)`,
		`int(data.huge) == 1`:                                                     "the result has more than 64 bits: int(data.huge)",
		`float("NaN") == 1`:                                                       `"NaN" is no number: float("NaN")`,
		`string(data.total) == "150" and string(data.vip) == "true"`:              "true",
		`string("a") == "a" and string(1.5) == "1.5"`:                             "true",
		`string(data.tags) == ""`:                                                 "type error: string(data.tags) needs a text, a number or a boolean, not an array",
		`abs(-1) == 1 and abs(-1.5) == 1.5`:                                       "true",
		`ceil(1.2) == 2 and floor(1.8) == 1 and round(1.5) == 2`:                  "true",
		// Arrays and objects.
		`any(data.items, .price > 10)`:                                                    "true",
		`all(data.items, .price > 10)`:                                                    "false",
		`none(data.items, .price > 100)`:                                                  "true",
		`one(data.items, {.sku == "a"})`:                                                  "true",
		`count(data.items, .price > 1) == 2 and count([true, false]) == 1`:                "true",
		`sum(data.items, .price) == 55 and sum([1, 2.5]) == 3.5 and sum(data.empty) == 0`: "true",
		`len(filter(data.items, .price > 10)) == 1`:                                       "true",
		`map(data.items, .sku) == ["a", "b"]`:                                             "true",
		`find(data.items, .price > 10).sku == "b"`:                                        "true",
		`find(data.items, .price > 100).sku == "b"`:                                       "find(data.items, .price > 100).sku is absent",
		`any(data.items, any(.lots, # == 2))`:                                             "true",
		`any(data.items, let p = .price; p == 50)`:                                        "true",
		`any(data.items, .missing)`:                                                       ".missing is absent",
		`any(data.items, .price)`:                                                         "type error: any(data.items, .price) needs a condition that is true or false, not an integer",
		`any(data.total, # > 1)`:                                                          "type error: any(data.total, # > 1) needs an array, not an integer",
		`sum(data.tags) == 1`:                                                             "type error: sum(data.tags) needs numbers, not a text",
		`sum([9223372036854775807, data.total]) == 1`:                                     "the result has more than 64 bits: sum([9223372036854775807, data.total])",
		`data.items | filter(.price > 1) | any(.sku == "b")`:                              "true",
		`data.customer == data.customer and data.items != data.tags`:                      "true",
		`data.items[0] == data.items[1]`:                                                  "false",
		`data.tags == ["gift", "fragile"]`:                                                "true",
		`data.tags == ["gift", "other"]`:                                                  "false",
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			program, err := expression.Compile(source)
			if want == "refused" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, want, result(program.Run(&expression.Machine{}, in)))
		})
	}
}

func result(matched bool, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case matched:
		return "true"
	default:
		return "false"
	}
}

func TestRunWithoutData(t *testing.T) {
	t.Parallel()
	in := &input{noData: true}
	for source, want := range map[string]string{
		`data == nil`:                           "data is absent",
		`data.x == 1`:                           "data is absent",
		`(data.x ?? 1) == 1`:                    "true",
		`attributes.time == date("2026-01-01")`: "attributes.time is absent",
	} {
		program, err := expression.Compile(source)
		require.NoError(t, err, source)
		require.Equal(t, want, result(program.Run(&expression.Machine{}, in)), source)
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	const functions = "; the functions are abs, all, any, ceil, count, date, filter, find, float, floor, int, len, lower, map, none, one, round, string, sum, trim and upper"
	for source, want := range map[string]string{
		"":                                "must not be empty; write a condition, such as data.total > 100",
		" \n":                             "must not be empty; write a condition, such as data.total > 100",
		strings.Repeat(" ", 4096) + "1":   "has 4097 bytes; at most 4096 are possible",
		"\xff":                            "must be UTF-8",
		`data.total >`:                    "unexpected token EOF, at character 12",
		`data.total = 5`:                  `unexpected token Operator("="), at character 12`,
		`"open`:                           "literal not terminated, at character 6",
		strings.Repeat("!", 501) + "true": "has more than 500 names, values and operators, at character 505",
		`total > 5`:                       "unknown name total; the names are attributes and data, at character 1",
		`$env.data == 1`:                  "unknown name $env; the names are attributes and data, at character 1",
		`attributes == nil`:               "attributes cannot stand alone; name one, such as attributes.type, at character 1",
		`attributes.Type == "x"`:          `"Type" is no attribute name; they have lower-case letters and digits alone, at character 12`,
		`attributes.data == "x"`:          `"data" is no attribute name; they have lower-case letters and digits alone, at character 12`,
		`attributes.type > 5`:             "invalid operation: > (mismatched types string and int), at character 17",
		`attributes.type.x == 5`:          "type string has no field x, at character 17",
		`attributes.time == "2026-01-01"`: "invalid operation: == (mismatched types time.Time and string), at character 17",

		`attributes.time - date(data.x) > data.y`: `cannot calculate with times; compare them, as in attributes.time > date("2026-01-31T00:00:00Z"), at character 17`,
		`attributes.type`:                         "gives a value of type string; it must be true or false",
		`len(data)`:                               "gives a value of type int; it must be true or false",
		`1 + "a" == 2`:                            "invalid operation: + (mismatched types int and string), at character 3",
		`now() > date("2026-01-01")`:              "there is no function now" + functions + ", at character 1",
		`timezone("UTC") == nil`:                  "there is no function timezone" + functions + ", at character 1",
		`repeat("x", 1000000) == ""`:              "there is no function repeat" + functions + ", at character 1",
		`replace(data.a, "", data.a) == ""`:       "there is no function replace" + functions + ", at character 1",
		`reduce(data.a, #acc + #, 0) == 1`:        "there is no function reduce" + functions + ", at character 1",
		`frobnicate(1)`:                           "there is no function frobnicate" + functions + ", at character 1",
		`attributes.time.Year() == 2026`:          "values have no methods" + functions + ", at character 17",
		`data.f()`:                                "values have no methods" + functions + ", at character 6",
		`data.n in 1..10`:                         "ranges are not supported; compare with >= and <=, at character 12",
		`data.n ** 2 == 4`:                        "powers are not supported; multiply, at character 8",
		`data.s[1:2] == "a"`:                      "slices such as [1:2] are not supported; take one element, such as [0], at character 7",
		`data == {a: 1}`:                          "objects in braces are not supported; compare their fields, at character 9",
		`true; false`:                             "must be one condition; join several by and, at character 1",
		`data.b == b"x"`:                          `b"x" is not supported, at character 11`,
		`data.s matches data.p`:                   `the pattern after matches must be a text in quotes, such as "^ord-[0-9]+$", at character 21`,
		`data.s matches "("`:                      "error parsing regexp: missing closing ): `(`, at character 16",
		`data.s matches "a{1000}"`:                "the pattern repeats too much: it has 1002 instructions; at most 500 are possible, at character 16",
		`any(data.items, #index > 1)`:             "#index is not supported; # is the element that a loop is at, at character 17",
		`len(data.a, data.b) == 1`:                "len takes one value, a text, an array or an object, at character 1",
		`date("soon") == attributes.time`:         `"soon" is no date; write 2026-01-31 or 2026-01-31T12:00:00Z, at character 1`,
		`let data = 1; data == 1`:                 "cannot redeclare data, at character 5",
		`any("x", true)`:                          "builtin any takes only array (got string), at character 5",
		`any(data.x, 5)`:                          "predicate should return boolean (got int), at character 13",
		`data.n == 99999999999999999999`:          `invalid integer literal: strconv.ParseInt: parsing "99999999999999999999": value out of range, at character 30`,
		// Long ones.
		`data.s matches "` + strings.Repeat("a", 257) + `"`: "the pattern has 257 bytes; at most 256 are possible, at character 16",
		// What would be visited some 2^100 times.
		strings.Repeat("1 < (", 60) + "2" + strings.Repeat(") < 3", 60):        "has more than 500 names, values and operators, at character 291",
		strings.Repeat("(", 100) + "data.x" + strings.Repeat(" ?: true)", 100): "has more than 500 names, values and operators, at character 101",
	} {
		_, err := expression.Compile(source)
		var refused *expression.Error
		require.ErrorAs(t, err, &refused, source)
		require.Equal(t, want, err.Error(), source)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	program, err := expression.Compile(`data.total > 5 and attributes.type != "x" and data.total < 9 and data.no == 1 and any(data.items, .price > 9) and (let c = data.customer; c.name == data.text) and data.a?.b == attributes.time`)
	require.NoError(t, err)
	require.Equal(t, []expression.Read{
		{Path: "data.total", Value: "150"},
		{Path: "attributes.type", Value: `"order.created"`},
		{Path: "data.no", Value: "absent"},
		{Path: "data.items", Value: "an array of 2"},
		{Path: "data.customer", Value: "an object of 3"},
		{Path: "data.text", Value: `"Grüße"`},
	}, program.Reads(&expression.Machine{}, newInput(t, order)))
}
