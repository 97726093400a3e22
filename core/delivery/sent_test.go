package delivery

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const sentTrace = "0af7651916cd43dd8448eb211c80319c"

func sentBy(change func(*subscription.Subscription)) *attempt {
	sub := &subscription.Subscription{}
	if change != nil {
		change(sub)
	}
	return &attempt{work: &work{sub: sub}}
}

func TestSentIsSmallAndReadBack(t *testing.T) {
	t.Parallel()
	timings := egress.Timings{DNS: 1500 * time.Microsecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 9 * time.Millisecond}
	s := sentBy(nil).newSent(http.Header{
		"Content-Type":      {"application/json"},
		"Webhook-Id":        {"019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"},
		"Webhook-Timestamp": {"1795255200"},
		"Webhook-Signature": {"v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="},
		"Traceparent":       {"00-" + sentTrace + "-b7ad6b7169203331-01"},
		"User-Agent":        {"Switchhook/1.0"},
		"Idempotency-Key":   {},
	}, timings)
	require.LessOrEqual(t, len(s), 56)
	got, headers := s.Read(sentTrace)
	require.Equal(t, Timings{DNS: timings.DNS, Connect: timings.Connect, TLS: timings.TLS, FirstByte: timings.FirstByte}, got)
	require.Equal(t, []sdk.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Traceparent", Value: "00-" + sentTrace + "-b7ad6b7169203331-01"},
		{Name: "Webhook-Id", Value: "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"},
		{Name: "Webhook-Signature", Value: "[REDACTED]"},
		{Name: "Webhook-Timestamp", Value: "1795255200"},
	}, headers)
}

func TestSentShowsNoSecrets(t *testing.T) {
	t.Parallel()
	a := sentBy(func(s *subscription.Subscription) {
		s.Secret = "hush-hush"
		s.Headers = []sdk.Header{{Name: "x-shop-id", Value: "their-own"}}
		s.Options.Auth.OAuth2 = &subscription.OAuth2{}
	})
	_, headers := a.newSent(http.Header{
		"X-Shop-Id": {"their-own"}, "X-Acme-Check": {"0123456789"}, "X-Event-Id": {"of hush-hush"}, "X-Order-Type": {"a", "b"},
		"Content-Language": {"a\x00b\xff"}, "User-Agent": {"theirs"},
	}, egress.Timings{}).Read("")
	require.Equal(t, []sdk.Header{
		{Name: "Authorization", Value: "[REDACTED]"},
		{Name: "Content-Language", Value: "ab\uFFFD"},
		{Name: "User-Agent", Value: "theirs"},
		{Name: "X-Acme-Check", Value: "[REDACTED]"},
		{Name: "X-Event-Id", Value: "[REDACTED]"},
		{Name: "X-Order-Type", Value: "a, b"},
		{Name: "X-Shop-Id", Value: "[REDACTED]"},
	}, headers)
	_, headers = sentBy(nil).newSent(http.Header{authorization: {"Bearer x"}}, egress.Timings{}).Read("")
	require.Equal(t, []sdk.Header{{Name: authorization, Value: "[REDACTED]"}}, headers)
}

func TestSentReadsEveryValueBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.StringMatching(`[ -~]{0,200}`), rapid.StringMatching(`[0-9]{1,25}`), rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`),
			rapid.StringMatching(`[0-9a-zA-Z]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), rapid.Just(""), rapid.Just("*/*"),
			rapid.StringMatching(`00-`+sentTrace+`-[0-9a-fx]{16}-0[01]`),
		).Draw(t, "value")
		name := rapid.SampledFrom([]string{"Content-Type", "Traceparent", "Accept", "X-My-Type", "Ce-Source", "User-Agent"}).Draw(t, "name")
		_, headers := sentBy(nil).newSent(http.Header{name: {value}}, egress.Timings{}).Read(sentTrace)
		require.Equal(t, []sdk.Header{{Name: name, Value: value}}, headers)
	})
}

func FuzzSentRead(f *testing.F) {
	f.Add([]byte(sentBy(nil).newSent(http.Header{"Content-Type": {"a"}, "X": {"b"}}, egress.Timings{DNS: 1})))
	f.Add([]byte{0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, headers := Sent(b).Read(sentTrace)
		require.LessOrEqual(t, len(headers), len(b))
	})
}
