package provider

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func mustNew(tb testing.TB, m sdk.Manifest) *Provider {
	tb.Helper()
	p, err := New(m)
	require.NoError(tb, err)
	return p
}

func providers(tb testing.TB) *Set {
	tb.Helper()
	s, err := NewSet(
		mustNew(tb, manifest("vonage",
			sdk.EventType{Name: "channel.ended.v1", Canonical: []string{"call.ended"}},
			sdk.EventType{Name: "channel.ended.v0", Canonical: []string{"call.ended"}})),
		mustNew(tb, manifest("bird",
			sdk.EventType{Name: "{platform}.inbound", Canonical: []string{"message.received"}},
			sdk.EventType{Name: "voice.inbound", Canonical: []string{"message.received", "call.ended"}})),
		mustNew(tb, manifest("standard")),
	)
	require.NoError(tb, err)
	return s
}

func TestNative(t *testing.T) {
	t.Parallel()
	s := providers(t)
	plain := func(names ...string) (out []Native) {
		for _, n := range names {
			out = append(out, Native{Name: n})
		}
		return out
	}
	verbatim := func(name string) []Native { return []Native{{Name: name, Verbatim: true}} }
	sms := map[string]string{"platform": "sms"}
	tests := map[string]struct {
		provider, eventType string
		extensions          map[string]string
		want                []Native
	}{
		"newest first":                 {"vonage", "call.ended", nil, plain("channel.ended.v1", "channel.ended.v0")},
		"unknown to a closed one":      {"vonage", "order.created", nil, nil},
		"native name is not canonical": {"vonage", "channel.ended.v1", nil, nil},
		"filled":                       {"bird", "message.received", sms, plain("sms.inbound", "voice.inbound")},
		"attribute missing":            {"bird", "message.received", nil, plain("voice.inbound")},
		"attribute of several words":   {"bird", "message.received", map[string]string{"platform": "a.b"}, plain("voice.inbound")},
		"attribute is a pattern":       {"bird", "message.received", map[string]string{"platform": "*"}, plain("voice.inbound")},
		"two entries, one name":        {"bird", "message.received", map[string]string{"platform": "voice"}, plain("voice.inbound")},
		"verbatim":                     {"vonage", "vonage.channel.ended.v0", nil, verbatim("channel.ended.v0")},
		"verbatim, any attribute":      {"bird", "bird.line.inbound", nil, verbatim("line.inbound")},
		"verbatim, unknown":            {"bird", "bird.line.other", nil, nil},
		"verbatim, too many words":     {"bird", "bird.a.line.inbound", nil, nil},
		"verbatim, no name":            {"standard", "standard.", nil, nil},
		"of another provider":          {"bird", "vonage.channel.ended.v0", nil, nil},
		"open":                         {"standard", "order.created", nil, plain("order.created")},
		"open, verbatim":               {"standard", "standard.order.created", nil, verbatim("order.created")},
		"open, of another provider":    {"standard", "bird.sms.inbound", nil, nil},
		"open, of another, unknown":    {"standard", "bird.nothing", nil, nil},
		"unknown provider":             {"nobody", "order.created", nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, s.Native(test.provider, test.eventType, test.extensions))
		})
	}
}

func TestFilledNamesAreInTheCatalogue(t *testing.T) {
	t.Parallel()
	s := providers(t)
	rapid.Check(t, func(t *rapid.T) {
		extensions := map[string]string{"platform": rapid.String().Draw(t, "platform")}
		for _, n := range s.Native("bird", "message.received", extensions) {
			require.Equal(t, []Native{{Name: n.Name, Verbatim: true}}, s.Native("bird", "bird."+n.Name, nil))
			require.NoError(t, s.CheckType("bird."+n.Name))
		}
	})
}

func TestCheckType(t *testing.T) {
	t.Parallel()
	s := providers(t)
	for _, ok := range []string{"order.created", "call.ended", "vonage", "vonage.channel.ended.v0", "bird.x.inbound", "standard.anything", "nobody.x"} {
		require.NoError(t, s.CheckType(ok))
	}
	require.EqualError(t, s.CheckType("vonage.chanel.ended.v1"),
		`provider vonage has no event type "chanel.ended.v1"; did you mean channel.ended.v1 or channel.ended.v0?`)
	require.EqualError(t, s.CheckType("bird.contact.made"), `provider bird has no event type "contact.made"; see its event catalogue`)
	require.Error(t, s.CheckType("standard."))
}

func TestSet(t *testing.T) {
	t.Parallel()
	s := providers(t)
	require.Equal(t, []string{"bird", "standard", "vonage"}, s.Names())
	require.Equal(t, "bird", s.Get("bird").Name())
	require.Nil(t, s.Get("nobody"))
	_, err := NewSet(s.Get("bird"), s.Get("bird"))
	require.ErrorContains(t, err, `"bird"`)

	var none Set
	require.Nil(t, none.Native("bird", "x", nil))
	require.NoError(t, none.CheckType("bird.x"))
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {"abc", "acb", 2}} {
		require.Equal(t, test.want, distance(test.a, test.b))
		require.Equal(t, test.want, distance(test.b, test.a))
	}
}

func BenchmarkNative(b *testing.B) {
	s := providers(b)
	sms := map[string]string{"platform": "sms"}
	for name, test := range map[string][2]string{
		"fixed": {"vonage", "call.ended"}, "filled": {"bird", "message.received"},
		"verbatim": {"bird", "bird.sms.inbound"}, "open": {"standard", "order.created"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(s.Native(test[0], test[1], sms)) == 0 {
					b.Fatal("nothing")
				}
			}
		})
	}
}
