package documented_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk/documented"
)

func TestParseCurl(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, body string
		want       documented.Request
	}{
		"Get": {"curl --request GET \\\n--url https://a.example.com/x \\\n--header 'authorization: Bearer ${T}'", "", documented.Request{
			Method: "GET", URL: "https://a.example.com/x",
			Headers: []documented.Header{{Name: "authorization", Value: "Bearer ${T}"}, {Name: "Accept", Value: "*/*"}},
		}},
		"BodyVerbatim": {"curl \"https://a.example.com\" -d '\n{ \"a\": \"it\\n\" }\n'", "", documented.Request{
			Method: "POST", URL: "https://a.example.com", Body: "\n{ \"a\": \"it\\n\" }\n",
			Headers: []documented.Header{{Name: "Accept", Value: "*/*"}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		}},
		"BodyApart": {`curl -L -X POST "https://***.example.com" -H "Accept: a/b" -H "Content-Type: c/d"`, "{}", documented.Request{
			Method: "POST", URL: "https://***.example.com", Body: "{}",
			Headers: []documented.Header{{Name: "Accept", Value: "a/b"}, {Name: "Content-Type", Value: "c/d"}},
		}},
		"Quotes": {`curl "http://a/\"\x\$" -H 'a: '"b c" -H a:\ d -H 'Accept:'`, "", documented.Request{
			Method: "GET", URL: `http://a/"\x$`,
			Headers: []documented.Header{{Name: "a", Value: "b c"}, {Name: "a", Value: "d"}, {Name: "Accept"}},
		}},
	} {
		got, err := documented.ParseCurl(test.text, test.body)
		require.NoError(t, err, name)
		require.Equal(t, test.want, got, name)
	}
	for text, want := range map[string]string{
		"":                           "must begin with curl",
		"wget https://a.example.com": "must begin with curl",
		"curl":                       "has no URL",
		"curl -d":                    "option -d needs a value",
		"curl --insecure https://a":  "option --insecure is not known here",
		"curl 'https://a":            "a ' is not closed",
		"curl https://a -H nothing":  `"nothing" is no header field`,
	} {
		_, err := documented.ParseCurl(text, "")
		require.ErrorContains(t, err, want, text)
	}
}

func TestParseRequest(t *testing.T) {
	t.Parallel()
	got, err := documented.ParseRequest("PUT https://a.example.com/x\nx-a:  b: c\n\n\n{}\n")
	require.NoError(t, err)
	require.Equal(t, documented.Request{
		Method: "PUT", URL: "https://a.example.com/x", Headers: []documented.Header{{Name: "x-a", Value: "b: c"}}, Body: "\n{}\n",
	}, got)
	require.True(t, got.Has("X-A"))
	require.Equal(t, documented.Request{
		Method: "PUT", URL: "https://b.example.com/x", Headers: []documented.Header{{Name: "x-a", Value: "b: c"}}, Body: "\n[]\n",
	}, got.Replace(map[string]string{"//a.": "//b.", "{}": "[]"}))
	for _, text := range []string{"", "GET\n", "GET http://a\nnothing"} {
		_, err := documented.ParseRequest(text)
		require.Error(t, err, text)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	type d = documented.Difference
	for name, test := range map[string]struct {
		printed, ours string
		listed        []d
		want          string // of the error; "" for none
	}{
		"Same":             {`{"a":[1,"x"]}`, `{"a":[1,"x"]}` + "\n", nil, ""},
		"Literals":         {`[1.0]`, `[1]`, nil, "not listed: at /0: printed 1.0, ours 1"},
		"Layout":           {"{ }", "{}", nil, "not listed: at layout"},
		"ListedLayout":     {"{ }", "{}", []d{{At: "layout", Why: "x"}}, ""},
		"SamePretty":       {"{ }", "{ }", nil, ""},
		"OtherPretty":      {"{ }", "{  }", nil, "not listed: at layout"},
		"Value":            {`{"a":1}`, `{"a":2}`, []d{{At: "/a", Printed: "1", Ours: "2", Why: "x"}}, ""},
		"OtherPrinted":     {`{"a":1}`, `{"a":2}`, []d{{At: "/a", Printed: "3", Ours: "2", Why: "x"}}, "not listed: at /a: printed 1, ours 2"},
		"NoReason":         {`{"a":1}`, `{"a":2}`, []d{{At: "/a", Printed: "1", Ours: "2"}}, "listed without a reason"},
		"Gone":             {`{"a":1}`, `{"a":1}`, []d{{At: "/a", Printed: "1", Ours: "2", Why: "x"}}, "listed, but not so: at /a"},
		"Like":             {`{"a":1}`, `{"a":22}`, []d{{At: "/a", Printed: "1", Like: `\d\d`, Why: "x"}}, ""},
		"LikeAsAWhole":     {`{"a":1}`, `{"a":222}`, []d{{At: "/a", Printed: "1", Like: `\d\d`, Why: "x"}}, "not listed: at /a"},
		"LikeIsNotNothing": {`{"a":1}`, `{}`, []d{{At: "/a", Printed: "1", Like: `.*`, Why: "x"}}, "not listed: at /a: printed 1, ours nothing"},
		"NotPrinted":       {`{}`, `{"a/b":1}`, []d{{At: "/a~1b", Ours: "1", Why: "x"}}, ""},
		"NotOurs":          {`[1,2]`, `[1]`, []d{{At: "/1", Printed: "2", Why: "x"}}, ""},
		"Whole":            {`{"a":{"b":1}}`, `{"a":{"c":2}}`, []d{{At: "/a", Printed: `{"b":1}`, Ours: `{"c":2}`, Why: "x"}}, ""},
		"Kind":             {`{"a":{}}`, `{"a":[]}`, nil, "at /a: printed {}, ours []"},
		"Order":            {`{"a":1,"b":2,"x":0}`, `{"b":2,"a":1,"y":0}`, nil, "at order of /: printed a, b, ours b, a"},
		"InnerOrder":       {`{"o":{"a":1,"b":2}}`, `{"o":{"b":2,"a":1}}`, []d{{At: "order of /o", Printed: "a, b", Ours: "b, a", Why: "x"}}, ""},
		"Repaired":         {`{"a":1,,"b":2}`, `{"a":1,"b":2}`, []d{{At: "bytes", Printed: ",,", Ours: ",", Why: "x"}}, ""},
		"NotRepaired":      {`{"a":1,,"b":2}`, `{"a":1,"b":2}`, nil, "the printed text is not JSON"},
		"RepairedTwice":    {`{"a":1,,,"b":2}`, `{}`, []d{{At: "bytes", Printed: "x", Ours: ",", Why: "x"}}, "is in the text 0 times"},
		"NeedlessRepair":   {`{"a":1}`, `{"a":1}`, []d{{At: "bytes", Printed: "1", Ours: "2", Why: "x"}}, "is JSON without it"},
		"OursBroken":       {`{}`, `{`, nil, "ours is not JSON"},
		"More":             {`{}{}`, `{}`, nil, "the printed text is not JSON"},
	} {
		err := documented.Compare(test.printed, test.ours, test.listed)
		if test.want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, test.want, name)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		index string
		more  string // another file
		want  string // of the error; "" for none
	}{
		"Complete":      {"origin: https://a\nexamples:\n- {name: x, requests: [{file: x.curl}], answer: {status: 200}}", "", ""},
		"Unused":        {"examples:\n- {name: x, requests: [{file: x.curl}], answer: {status: 200}}", "y.json", "no example names y.json"},
		"Missing":       {"examples:\n- {name: x, requests: [{file: x.curl}], answer: {status: 200, file: no.json}}", "", "no.json"},
		"Twice":         {"examples:\n- &e {name: x, requests: [{file: x.curl}], answer: {status: 200}}\n- *e", "", "unique"},
		"Neither":       {"examples:\n- {name: x}", "", "must have requests with an answer"},
		"NothingSent":   {"examples:\n- {name: x, delivery: {file: x.curl}}", "", "must have requests with an answer"},
		"UnknownMember": {"examples:\n- {nick: x}", "", "nick"},
		"Ending":        {"examples:\n- {name: x, requests: [{file: examples.yaml}], answer: {status: 200}}", "", ".curl or .request"},
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, documented.Index), []byte(test.index), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "x.curl"), []byte("curl https://a/"), 0o600))
		if test.more != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, test.more), nil, 0o600))
		}
		set, err := documented.Load(dir)
		if test.want != "" {
			require.ErrorContains(t, err, test.want, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, "https://a/", set.Find("x").Requests[0].Request.URL)
		require.Nil(t, set.Find("y"))
	}
	_, err := documented.Load(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}
