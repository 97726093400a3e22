package store

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestHeadersByHandAreJSON(t *testing.T) {
	t.Parallel()
	for _, headers := range [][]sdk.Header{
		{{}},
		{{Name: "Content-Type", Value: "application/json; charset=utf-8"}, {Name: "X", Value: ""}},
		{{Name: "Etag", Value: `W/"1\2"`}, {Name: "Link", Value: "<https://a.example/?b&c>; rel=next"}},
		{{Name: "X", Value: "a\tb\x00\x7f ü \u2028 😀"}, {Name: "Y", Value: strings.Repeat("z", 512)}},
	} {
		got := headersJSON(headers)
		want, err := json.Marshal(headers)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
		var back []sdk.Header
		require.NoError(t, json.Unmarshal(got, &back))
		require.Equal(t, headers, back)
	}
	invalid := headersJSON([]sdk.Header{{Name: "X", Value: "a\xffb"}})
	require.Equal(t, `[{"Name":"X","Value":"a\ufffdb"}]`, string(invalid))
	require.Nil(t, headersJSON(nil))
	require.Nil(t, headersJSON([]sdk.Header{}))
}

func BenchmarkHeaders(b *testing.B) {
	headers := []sdk.Header{
		{Name: "Content-Length", Value: "2"},
		{Name: "Content-Type", Value: "application/json; charset=utf-8"},
		{Name: "Date", Value: "Sat, 21 Nov 2026 10:11:12 GMT"},
		{Name: "Etag", Value: `W/"2-nOO9QiTIwXgNtWtBJezz8kv3SLc"`},
		{Name: "Server", Value: "nginx/1.27.2"},
	}
	for name, write := range map[string]func() []byte{
		"by hand": func() []byte { return headersJSON(headers) },
		"json":    func() []byte { out, _ := json.Marshal(headers); return out },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				write()
			}
		})
	}
}
