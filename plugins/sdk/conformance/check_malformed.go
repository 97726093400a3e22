package conformance

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

const (
	remedyBad     = "refuse what cannot be read with sdk.CodeInvalid (a generated server: set its error handlers)"
	remedyUnknown = "answer paths and methods that the document does not have in the vendor's envelope (package envelope has a router)"
	// large is the size of a body that is far beyond what the gateway lets through.
	large = 4 << 20
	// deep is how far a JSON body nests.
	deep = 50_000
)

// garbage are bodies that no document allows. They are made when they are first
// used: some are large, and the kit may be part of a program that seldom checks.
var garbage = sync.OnceValue(func() []body {
	return []body{
		{what: "a body that ends too early", bytes: []byte(`{"url":`)},
		{what: "a null body", bytes: []byte("null")},
		{what: "an array for a body", bytes: []byte("[]")},
		{what: "a text for a body", bytes: []byte(`"text"`)},
		{what: "a body that is not UTF-8", bytes: []byte("{\"url\":\"\xff\xfe\"}")},
		{what: "a body of zero bytes", bytes: make([]byte, 16)},
		{what: "an empty body", bytes: nil},
		{what: "a body that nests deep", bytes: []byte(strings.Repeat("[", deep) + strings.Repeat("]", deep))},
		{what: "a body of 4 MiB", bytes: []byte(`{"url":"` + strings.Repeat("x", large) + `"}`)},
	}
})

// contentTypes that bodies do not have.
var contentTypes = []string{"", "text/plain", "multipart/form-data", "application/json; charset=\"", "\u2028"}

// values that no path or query parameter has, escaped.
var escapes = []string{"%00", "%FF%FE", "..%2F..%2Fetc", "%F0%9F%92%A5", "-1", "99999999999999999999", strings.Repeat("a", 8<<10)}

// checkMalformed makes calls that the gateway would not let through, or that only
// a broken gateway makes. The process must answer afterwards.
func checkMalformed(ctx context.Context, k *kit, r *recorder) {
	for _, o := range k.operations {
		k.malformedBodies(ctx, r, o)
		k.malformedTargets(ctx, r, o)
	}
	k.unknownRequests(ctx, r)
	k.brokenStreams(ctx, r)
	k.brokenRenders(ctx, r)
}

func (k *kit) malformedBodies(ctx context.Context, r *recorder, o *operation) {
	var valid body
	types := o.bodyTypes()
	if bodies, _ := k.generator().bodies(o); len(bodies) > 0 {
		valid = bodies[0]
	}
	for _, b := range garbage() {
		b.contentType = "application/json"
		if len(types) > 0 {
			b.contentType = types[0]
		}
		k.malformed(ctx, r, o, b, nil)
	}
	for _, contentType := range contentTypes {
		b := valid
		b.contentType, b.what = contentType, "Content-Type "+contentType
		if len(types) > 0 {
			k.malformed(ctx, r, o, b, nil)
		}
	}
}

// malformedTargets puts text into the path and the query that is nothing's id.
func (k *kit) malformedTargets(ctx context.Context, r *recorder, o *operation) {
	var valid body
	if bodies, _ := k.generator().bodies(o); len(bodies) > 0 {
		valid = bodies[0]
	}
	for _, escaped := range escapes {
		b := valid
		b.what = "the parameters " + excerpt([]byte(escaped))
		k.malformed(ctx, r, o, b, func(req *pluginclient.APIRequest) {
			req.Path = placeholder.ReplaceAllLiteralString(o.path, escaped)
			req.Query = "a=%zz&;&=%FF"
			for _, p := range o.params {
				if p.Value.In == "query" {
					req.Query += "&" + p.Value.Name + "=" + escaped
				}
			}
		})
	}
}

// malformed sends a request of the operation that may be refused, but not fail.
func (k *kit) malformed(ctx context.Context, r *recorder, o *operation, b body, change func(*pluginclient.APIRequest)) {
	w, err := k.seeded(ctx, o)
	if err != nil {
		k.judge(ctx, r, o.String(), err)
		return
	}
	req := k.generator().variants(o, b, w.ids, false)[0]
	in := req.api()
	if change != nil {
		change(&in)
	}
	resp, ok := k.handle(ctx, r, req.String(), in, w.engine)
	if ok && resp.Status >= http.StatusInternalServerError && resp.Status != http.StatusNotImplemented {
		r.add(req.String(), remedyBad, "is answered with %s", shown(resp))
	}
}

// unknownRequests are for paths and methods that the document does not have.
func (k *kit) unknownRequests(ctx context.Context, r *recorder) {
	requests := map[string]pluginclient.APIRequest{
		"an unknown path":                {Method: http.MethodGet, Path: "/conformance/no/such/path"},
		"the empty path":                 {Method: http.MethodGet, Path: ""},
		"a path without a slash":         {Method: http.MethodGet, Path: "conformance"},
		"a path that is a host":          {Method: http.MethodGet, Path: "//example.com/"},
		"a path with a malformed escape": {Method: http.MethodGet, Path: "/%zz"},
		"no method":                      {Path: "/"},
		"a method that is no word":       {Method: "GET /", Path: "/"},
		"strange headers": {Method: http.MethodGet, Path: "/conformance/no/such/path", Headers: []sdk.Header{
			{Name: "", Value: "x"}, {Name: "a b", Value: "\r\nX: y"}, {Name: "Content-Length", Value: "-1"}, {Name: "X", Value: strings.Repeat("x", 64<<10)},
		}},
	}
	for _, o := range k.operations {
		requests["an unknown method of "+o.path] = pluginclient.APIRequest{Method: "CONFORM", Path: placeholder.ReplaceAllLiteralString(o.path, "1")}
	}
	for _, what := range sortedKeys(requests) {
		in := requests[what]
		in.Caller = sdk.Caller{AccountID: accountID}
		resp, ok := k.handle(ctx, r, what, in, k.empty().engine)
		if !ok {
			continue
		}
		if problem := envelopeProblem(k.doc, request{}, resp); problem != "" {
			r.add(what, remedyUnknown, "%s: %s", shown(resp), problem)
		} else if resp.Status >= http.StatusInternalServerError && resp.Status != http.StatusNotImplemented {
			r.add(what, remedyUnknown, "is answered with %s", shown(resp))
		}
	}
}
