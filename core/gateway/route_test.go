package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestRoutesByTheDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ method, path, operation, seen string }{
		{"GET", "/things", "listThings", "/things"},
		{"GET", "/things?page=2&x=%20", "listThings", "/things"},
		{"GET", "/th%69ngs", "listThings", "/things"},
		{"GET", "/things/special", "getSpecial", "/things/special"},
		{"GET", "/things/42", "getThing", "/things/42"},
		{"DELETE", "/things/special", "deleteThing", "/things/special"},
		{"GET", "/things/a%2Fb", "getThing", "/things/a%2Fb"},
		{"GET", "/things/a%20b%25", "getThing", "/things/a%20b%25"},
		{"GET", "/things/..", "getThing", "/things/.."},
		{"GET", "/things/42.json", "getThingAsJSON", "/things/42.json"},
		{"POST", "/things/42:test", "testThing", "/things/42:test"},
		{"GET", "/a*b/1", "getOdd", "/a%2Ab/1"},
		{"GET", "/a%2ab/1", "getOdd", "/a%2Ab/1"},
		{"HEAD", "/documented", "headDocumented", ""},
		{"OPTIONS", "/documented", "optionsDocumented", "/documented"},
	}
	for _, test := range tests {
		t.Run(test.method+test.path, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, request{method: test.method, path: "/vendor/base/v1" + test.path})
			require.Equal(t, http.StatusOK, got.status, got.body)
			if test.method != http.MethodHead {
				require.Equal(t, test.operation, got.shown.Operation)
				require.Equal(t, test.seen, got.shown.Path)
				require.Nil(t, got.shown.Failure)
			}
		})
	}
}

func TestDecodesPathParameters(t *testing.T) {
	t.Parallel()
	f := newWorld(t).table.Load().flavours["vendor"]
	for escaped, want := range map[string]string{"a%2Fb": "a/b", "100%2525": "100%25", "%C3%A9": "é", "a+b": "a+b", "%7Bp0%7D": "{p0}"} {
		op, params := f.find("GET", "/things/"+escaped)
		require.NotNil(t, op, escaped)
		require.Equal(t, map[string]string{"thingId": want}, params)
	}
	_, params := f.find("GET", "/a%2Ab/v")
	require.Equal(t, map[string]string{"x-y": "v"}, params)
}

func TestUnknownPathsAndMethodsAreTheVendors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/vendor", 404, ""},
		{"GET", "/vendor/", 404, ""},
		{"GET", "/vendor/things", 404, ""}, // without the base
		{"GET", "/vendor/base/v10/things", 404, ""},
		{"GET", "/vendor/base/v1", 404, ""},
		{"GET", "/vendor/base/v1/nothing", 404, ""},
		{"GET", "/vendor/base/v1/things/", 404, ""},
		{"GET", "/vendor/base/v1//things", 404, ""},
		{"GET", "/vendor//base/v1/things", 404, ""},
		{"DELETE", "/vendor/base/v1/things/", 404, ""},
		{"GET", "/vendor/base/v1/orgs//spaces/2/hooks", 404, ""},
		{"GET", "/vendor/base/v1/a/b/1", 404, ""},
		{"PATCH", "/vendor/base/v1/things", 405, "GET, POST"},
		{"HEAD", "/vendor/base/v1/things", 405, "GET, POST"},
		{"OPTIONS", "/vendor/base/v1/things", 405, "GET, POST"},
		{"BREW", "/vendor/base/v1/things", 405, "GET, POST"},
		{"POST", "/vendor/base/v1/things/1", 405, "DELETE, GET, PUT"},
		{"GET", "/vendor/base/v1/documented", 405, "HEAD, OPTIONS"},
	}
	for _, test := range tests {
		t.Run(test.method+test.path, func(t *testing.T) {
			t.Parallel()
			// Not even a key is needed to learn that.
			got := w.do(t, request{method: test.method, path: test.path, headers: map[string]string{"Authorization": ""}})
			require.Equal(t, test.status, got.status, got.body)
			if test.method == http.MethodHead {
				require.Empty(t, got.body)
				return
			}
			require.Equal(t, test.allow, strings.Join(got.shown.Failure.Allow, ", "))
			require.Equal(t, "vendor", got.shown.Provider)
			require.True(t, strings.HasPrefix(got.shown.Path, "/"))
			require.Equal(t, sdk.Caller{}, got.shown.Caller)
			require.Empty(t, got.shown.Operation)
		})
	}
}

func TestUpdateNamesWhatCannotBeRouted(t *testing.T) {
	t.Parallel()
	const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"https://x.example/v1"}],
		"paths":{"/x/{id}":{"get":{"operationId":"x","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}},
		"components":{"securitySchemes":{"k":{"type":"http","scheme":"bearer"},"l":{"type":"http","scheme":"bearer"}}}}`
	change := func(from, to string) string { return strings.Replace(document, from, to, 1) }
	tests := map[string]string{
		"servers[0].url":            change("https://x.example/v1", "x"),
		"x-accept":                  change(`"paths"`, `"x-accept":"application/json","paths"`),
		"x-accept[1]":               change(`"paths"`, `"x-accept":["application/json","*/*"],"paths"`),
		"several schemes":           change(`"operationId"`, `"security":[{"k":[],"l":[]}],"operationId"`),
		"GET /x/{id}: components":   change(`"scheme":"bearer"},"l"`, `"scheme":"basic"},"l"`),
		"x-auth-prefix":             change(`"scheme":"bearer"},"l"`, `"scheme":"bearer","x-auth-prefix":"a b"},"l"`),
		"{other} is not":            change(`"operationId"`, `"x-namespace":"{other}","operationId"`),
		"x-namespace: must be text": change(`"operationId"`, `"x-namespace":7,"operationId"`),
		"x-default-content-type":    change(`"operationId"`, `"x-default-content-type":"application/json","operationId"`),
		"side by side":              change(`"/x/{id}"`, `"/x/{id}{id}"`),
	}
	for want, document := range tests {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(want, "GET") || want == "x-auth-prefix" {
				document = strings.Replace(document, `"operationId"`, `"security":[{"k":[]}],"operationId"`, 1)
			}
			w := newWorld(t)
			m := manifest(t)
			m.Provider, m.OpenAPI = "sleeper", []byte(document)
			err := w.Update(set(t, m, manifest(t)))
			require.ErrorContains(t, err, "provider sleeper: ")
			require.ErrorContains(t, err, want)
			// The others are served all the same.
			require.Equal(t, 200, w.get(t, "/things").status)
			require.Equal(t, 503, w.do(t, request{method: "GET", path: "/sleeper/v1/x/1"}).status)
		})
	}
}
