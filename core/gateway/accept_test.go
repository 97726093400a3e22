package gateway

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const vendorType = "application/vnd.vendor.v1+json"

func TestAcceptable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		accept string
		want   bool
	}{
		{vendorType, true},
		{"APPLICATION/VND.VENDOR.V1+JSON", true},
		{vendorType + "; charset=utf-8", true},
		{"*/*", true},
		{"application/*", true},
		{"text/html, */*;q=0.1", true},
		{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", true}, // old Java
		{`text/html;x="a,*/*;q=1"`, false},
		{"application/json", false},
		{"text/*", false},
		{"", false},
		{"application", false},
		{"*/json", false},
		{vendorType + ";q=0", false},
		{vendorType + ";q=0.0, */*", false},
		{"*/*, " + vendorType + ";Q=0", false},
		{"application/*;q=0, */*", false},
		{"application/*;q=0, " + vendorType, true},
		{vendorType + ";q=2", false},
		{vendorType + ";q=x", false},
		{vendorType + ";q=NaN", false},
		{",, ;, " + vendorType, true},
		{vendorType + ";q=0, " + vendorType, true},
	}
	for _, test := range tests {
		require.Equal(t, test.want, acceptable(parseAccept([]string{test.accept}), vendorType), test.accept)
	}
	require.True(t, acceptable(parseAccept([]string{"text/html", vendorType}), vendorType))
}

func FuzzAccept(f *testing.F) {
	f.Add("text/html;q=0.5, */*;q=0, a/b;x=\"\\\",\"")
	f.Fuzz(func(t *testing.T, value string) {
		ranges := parseAccept([]string{value})
		require.LessOrEqual(t, len(ranges), strings.Count(value, "/"))
		for _, r := range ranges {
			require.NotEmpty(t, r.kind)
			require.NotEmpty(t, r.sub)
		}
		if acceptable(ranges, vendorType) {
			require.NotEmpty(t, ranges)
		}
	})
}

func TestNegotiates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *Config, m *sdk.Manifest) {
		m.OpenAPI = []byte("x-accept: [" + vendorType + "]\n" + string(m.OpenAPI))
	})
	require.Equal(t, 200, w.get(t, "/things", "Accept", "*/*").status)
	require.Equal(t, 200, w.get(t, "/things", "Accept", vendorType).status)
	for _, accept := range []string{"", "application/json"} {
		got := w.get(t, "/things", "Accept", accept)
		require.Equal(t, 406, got.status)
		require.Contains(t, got.shown.Failure.Message, vendorType)
	}
	require.Equal(t, 200, newWorld(t).get(t, "/things", "Accept", "text/plain").status, "a document without x-accept does not ask")
}
