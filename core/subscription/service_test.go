package subscription_test

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestCreateMakesIDsInTheProvidersForm(t *testing.T) {
	t.Parallel()
	for format, c := range map[sdk.IDFormat]struct{ first, second string }{
		sdk.IDFormatUUID:    {`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, ""},
		sdk.IDFormatKSUID:   {`^[0-9A-Za-z]{27}$`, ""},
		sdk.IDFormatHex24:   {`^[0-9a-f]{24}$`, ""},
		sdk.IDFormatInteger: {`^1$`, `^2$`},
	} {
		b := newBench(t, manifest("p", func(m *sdk.Manifest) { m.IDFormat = format }))
		first := b.create(t, b.owner("p"), spec())
		second := b.create(t, b.owner("p"), spec())
		require.Regexp(t, c.first, first.ExternalID)
		require.Regexp(t, cmpOr(c.second, c.first), second.ExternalID)
		require.NotEqual(t, first.ExternalID, second.ExternalID)
		got, err := b.Get(t.Context(), b.owner("p").Select(second.ExternalID))
		require.NoError(t, err)
		require.Equal(t, second, got)
		require.EqualValues(t, 1, got.Version)
		require.Equal(t, now, got.CreatedAt)
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestNumbersAreNotUsedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", func(m *sdk.Manifest) { m.IDFormat = sdk.IDFormatInteger }))
	first := b.create(t, b.owner("p"), spec())
	_, err := b.Delete(t.Context(), b.owner("p").Select(first.ExternalID))
	require.NoError(t, err)
	require.Equal(t, "2", b.create(t, b.owner("p"), spec()).ExternalID)
}

func TestSecretsAreGeneratedInTheProvidersForm(t *testing.T) {
	t.Parallel()
	hexed := sdk.SecretPolicy{Generate: true, Bytes: 32, Encoding: sdk.SecretEncodingHex}
	based := sdk.SecretPolicy{Generate: true, Bytes: 24, Encoding: sdk.SecretEncodingBase64, Prefix: "whsec_"}
	b := newBench(t,
		manifest("hexed", func(m *sdk.Manifest) { m.Secret = hexed }),
		manifest("based", func(m *sdk.Manifest) { m.Secret = based }), manifest("none"))
	raw, err := hex.DecodeString(b.create(t, b.owner("hexed"), spec()).Secret.Reveal())
	require.NoError(t, err)
	require.Len(t, raw, 32)
	sub := b.create(t, b.owner("based"), spec())
	text, ok := strings.CutPrefix(sub.Secret.Reveal(), "whsec_")
	require.True(t, ok)
	raw, err = base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	require.Len(t, raw, 24)
	require.Empty(t, b.create(t, b.owner("none"), spec()).Secret)
	given := b.create(t, b.owner("based"), spec(func(s *sdk.SubscriptionSpec) { s.Secret = "mine" }))
	require.Equal(t, "mine", given.Secret.Reveal())

	rotated, err := b.RotateSecret(t.Context(), b.owner("based").Select(sub.ExternalID), subscription.Rotation{})
	require.NoError(t, err)
	require.NotEqual(t, sub.Secret, rotated.Secret)
	require.True(t, strings.HasPrefix(rotated.Secret.Reveal(), "whsec_"))
	require.EqualValues(t, 2, rotated.Version)
	got, err := b.Get(t.Context(), subscription.ByID(b.account, sub.ID))
	require.NoError(t, err)
	require.Equal(t, rotated.Secret, got.Secret)
	_, err = b.RotateSecret(t.Context(), b.owner("none").Select(""), subscription.Rotation{})
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%v", err)
	_, err = b.RotateSecret(t.Context(), b.owner("based").Select("unknown"), subscription.Rotation{})
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limit := func(scope sdk.LimitScope, most int) func(*sdk.Manifest) {
		return func(m *sdk.Manifest) { m.Limits = []sdk.Limit{{Scope: scope, Max: most}} }
	}
	b := newBench(t, manifest("acc", limit(sdk.LimitScopeAccount, 2)), manifest("ns", limit(sdk.LimitScopeNamespace, 1)),
		manifest("same", limit(sdk.LimitScopeSameFilters, 1)))
	in := func(provider, namespace string) subscription.Owner {
		return subscription.Owner{AccountID: b.account, Provider: provider, Namespace: namespace}
	}
	full := func(o subscription.Owner, s sdk.SubscriptionSpec) {
		t.Helper()
		_, err := b.Create(t.Context(), o, s)
		require.True(t, sdk.IsCode(err, sdk.CodeLimit), "%v", err)
		require.ErrorContains(t, err, "delete one first")
	}
	b.create(t, in("acc", "a"), spec())
	last := b.create(t, in("acc", "b"), spec())
	full(in("acc", "c"), spec())
	_, err := b.Delete(t.Context(), subscription.ByID(b.account, last.ID))
	require.NoError(t, err)
	b.create(t, in("acc", "c"), spec())

	b.create(t, in("ns", "a"), spec())
	full(in("ns", "a"), spec(types("contact.created")))
	b.create(t, in("ns", "b"), spec())
	// A change makes no more of them.
	_, _, err = b.Put(t.Context(), in("ns", "a"), spec(named("changed")))
	require.NoError(t, err)

	one := b.create(t, in("same", "a"), spec(types("message.v1", "message.v2")))
	full(in("same", "a"), spec(types("message.v2", "message.v1")))
	full(in("same", "a"), spec(types("message.v2", "message.v1", "message.v2")))
	b.create(t, in("same", "b"), spec(types("message.v1", "message.v2")))
	two := b.create(t, in("same", "a"), spec(types("message.v1")))
	_, err = b.Update(t.Context(), subscription.ByID(b.account, one.ID), 0, sdk.SubscriptionPatch{Name: new("n")})
	require.NoError(t, err, "it may stay as it is")
	_, err = b.Update(t.Context(), subscription.ByID(b.account, two.ID), 0, sdk.SubscriptionPatch{EventTypes: &one.EventTypes})
	require.True(t, sdk.IsCode(err, sdk.CodeLimit), "it may not become another's equal: %v", err)
}

func TestUniqueNames(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", func(m *sdk.Manifest) { m.UniqueName = true }))
	o := b.owner("p")
	one := b.create(t, o, spec(named("one")))
	_, err := b.Create(t.Context(), o, spec(named("one")))
	require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	require.Equal(t, sdk.ReasonDuplicateName, sdk.AsError(err).Reason)
	require.Equal(t, "/name", sdk.AsError(err).Fields[0].Field)
	other := o
	other.Namespace = "n"
	b.create(t, other, spec(named("one")))
	two := b.create(t, o, spec(named("two")))
	_, err = b.Update(t.Context(), subscription.ByID(b.account, two.ID), 0, sdk.SubscriptionPatch{Name: new("one")})
	require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	_, err = b.Update(t.Context(), subscription.ByID(b.account, one.ID), 0, sdk.SubscriptionPatch{Name: new("one"), URL: new("https://example.com/2")})
	require.NoError(t, err)
	b.create(t, o, spec())
	b.create(t, o, spec())
}

func TestPutByManyLeavesOne(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", func(m *sdk.Manifest) {
		m.Secret = sdk.SecretPolicy{Generate: true, Bytes: 32, Encoding: sdk.SecretEncodingHex}
	}))
	const n = 50
	created := make([]bool, n)
	secrets := make([]sdk.Secret, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			sub, made, err := b.Put(t.Context(), b.owner("p"), spec())
			if errs[i] = err; err == nil {
				created[i], secrets[i] = made, sub.Secret
			}
		})
	}
	all.Wait()
	made := 0
	for i := range n {
		require.NoError(t, errs[i])
		require.Equal(t, secrets[0].Reveal(), secrets[i].Reveal(), "the generated secret stays")
		if created[i] {
			made++
		}
	}
	require.Equal(t, 1, made)
	list, err := b.List(t.Context(), subscription.Query{AccountID: b.account})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.EqualValues(t, n, list[0].Version)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	sub := b.create(t, b.owner("p"), spec(types("message.v1"), func(s *sdk.SubscriptionSpec) {
		s.Headers, s.Settings, s.Secret = []sdk.Header{{Name: "A", Value: "1"}}, map[string]string{"k": "v"}, "s"
	}))
	sel := subscription.ByID(b.account, sub.ID)
	got, err := b.Update(t.Context(), sel, 1, sdk.SubscriptionPatch{Name: new("n"), EventTypes: &[]string{}})
	require.NoError(t, err)
	want := *sub
	want.Name, want.EventTypes, want.Version = "n", []string{}, 2
	require.Equal(t, &want, got, "the rest stays")
	_, err = b.Update(t.Context(), sel, 1, sdk.SubscriptionPatch{Name: new("m")})
	require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	got, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Headers: &[]sdk.Header{}, Settings: &map[string]string{}, Secret: new(sdk.Secret("t"))})
	require.NoError(t, err)
	require.Empty(t, got.Headers)
	require.Empty(t, got.Settings)
	require.Equal(t, "t", got.Secret.Reveal())
	_, err = b.Update(t.Context(), subscription.ByID(b.account, uuid.New()), 0, sdk.SubscriptionPatch{})
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	_, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{URL: new("http://example.com")})
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%v", err)

	b.known.set = providers(t).set
	_, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Name: new("x")})
	require.True(t, sdk.IsCode(err, sdk.CodeUnavailable), "its plugin does not run: %v", err)
	require.Positive(t, sdk.AsError(err).RetryAfter)
}

func TestEnablingAgainForgetsWhy(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	sub := b.create(t, b.owner("p"), spec())
	node, e := uuid.New(), uuid.New()
	require.NoError(t, b.store.RegisterNode(t.Context(), node, "n"))
	o := &delivery.Outcome{
		Delivery: delivery.Delivery{AccountID: b.account, ID: delivery.NewID(e, sub.ID), EventKey: e, SubscriptionID: sub.ID, Status: sdk.DeliveryDead},
		Health:   &delivery.Health{AccountID: b.account, SubscriptionID: sub.ID, FailingSince: now, DisabledReason: "gone"},
	}
	_, err := b.store.Commit(t.Context(), journal.Batch{Node: node, Events: []journal.Entry{{Event: &event.Event{AccountID: b.account, Key: e}}}, Outcomes: []*delivery.Outcome{o}})
	require.NoError(t, err)
	sel := subscription.ByID(b.account, sub.ID)
	got, err := b.Get(t.Context(), sel)
	require.NoError(t, err)
	require.False(t, got.Enabled)
	require.Equal(t, "gone", got.DisabledReason)
	got, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Name: new("n")})
	require.NoError(t, err)
	require.Equal(t, "gone", got.DisabledReason, "another change does not enable it")
	got, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Enabled: new(true)})
	require.NoError(t, err)
	require.True(t, got.Enabled)
	require.Empty(t, got.DisabledReason)
	require.True(t, got.FailingSince.IsZero())
}

func TestCreateForAnUnknownAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	_, err := b.Create(t.Context(), subscription.Owner{AccountID: uuid.New(), Provider: "p"}, spec())
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	_, err = b.Create(t.Context(), b.owner("q"), spec())
	require.Equal(t, "/provider", sdk.AsError(err).Fields[0].Field)
}

// Lengths count characters, as the documents of the vendors do.
func TestCheckCountsCharacters(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", filtered))
	text := func(n int) string { return strings.Repeat("☂", n) }
	longest := spec(types("voice.inbound"), named(text(1024)), func(s *sdk.SubscriptionSpec) {
		s.URL = "https://example.com/" + text(2048-len("https://example.com/"))
		s.Headers = []sdk.Header{{Name: "A", Value: text(1024)}}
		s.Secret = sdk.Secret(text(4096))
		s.Filters = []sdk.Filter{{Key: "status", Value: text(1024)}}
		s.Settings = map[string]string{"a": text(16<<10 - 1)}
	})
	got, err := b.Get(t.Context(), subscription.ByID(b.account, b.create(t, b.owner("p"), longest).ID))
	require.NoError(t, err)
	require.Equal(t, longest, got.SubscriptionSpec, "kept as it was given")
	longer := longest
	longer.Name, longer.URL, longer.Secret = text(1025), longest.URL+"☂", sdk.Secret(text(4097))
	longer.Headers = []sdk.Header{{Name: "A", Value: text(1025)}}
	longer.Filters = []sdk.Filter{{Key: "status", Value: text(1025)}}
	longer.Settings = map[string]string{"a": text(16 << 10)}
	_, err = b.Create(t.Context(), b.owner("p"), longer)
	require.Len(t, sdk.AsError(err).Fields, 6, "%v", err)
}

func TestCheckNamesTheField(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", func(m *sdk.Manifest) { m.URL.Pattern = "https://.*example.com/.*" }), manifest("open", open))
	header := func(name, value string) func(*sdk.SubscriptionSpec) {
		return func(s *sdk.SubscriptionSpec) {
			s.Headers = []sdk.Header{{Name: "Ok", Value: "1"}, {Name: name, Value: value}}
		}
	}
	url := func(u string) func(*sdk.SubscriptionSpec) { return func(s *sdk.SubscriptionSpec) { s.URL = u } }
	for name, c := range map[string]struct {
		change         func(*sdk.SubscriptionSpec)
		field, message string
	}{
		"long name":     {named(strings.Repeat("x", 1025)), "/name", "at most 1024"},
		"NUL in name":   {named("a\x00"), "/name", "control characters"},
		"bytes in name": {named("\xff"), "/name", "UTF-8"},
		"secret":        {func(s *sdk.SubscriptionSpec) { s.Secret = sdk.Secret(strings.Repeat("x", 4097)) }, "/secret", "at most 4096"},
		"secret bytes":  {func(s *sdk.SubscriptionSpec) { s.Secret = "\xff" }, "/secret", "UTF-8"},
		"filters":       {func(s *sdk.SubscriptionSpec) { s.Filters = []sdk.Filter{{Key: "a", Value: "b"}} }, "/filters/0/key", "no filters"},
		"long URL":      {url("https://example.com/" + strings.Repeat("x", 2048)), "/url", "at most 2048"},
		"guard":         {url("https://refused"), "/url", "is refused by the guard"},
		"scheme":        {url("http://example.com/"), "/url", "must start with https://"},
		"pattern":       {url("https://other.org/"), "/url", "must match https://.*example.com/.*"},
		"pattern, end":  {url("https://x/?https://example.com"), "/url", "must match"},
		"unknown type":  {types("message.v1", "message.v9"), "/event_types/1", `"message.v9" is no event type of p`},
		"no such types": {types("nothing.*.more"), "/event_types/0", "no event type"},
		"bad pattern":   {types("a*"), "/event_types/0", "whole segment"},
		"many types":    {types(make([]string, 501)...), "/event_types", "at most 500"},
		"header name":   {header("a b", "1"), "/headers/1/name", "not the name"},
		"long header":   {header(strings.Repeat("a", 257), "1"), "/headers/1/name", "at most 256"},
		"reserved":      {header("Content-Type", "1"), "/headers/1/name", "set by the gateway"},
		"line break":    {header("A", "1\r\nB: 2"), "/headers/1/value", "line breaks"},
		"long value":    {header("A", strings.Repeat("x", 1025)), "/headers/1/value", "at most 1024"},
		"many headers":  {func(s *sdk.SubscriptionSpec) { s.Headers = make([]sdk.Header, 100) }, "/headers", "at most 99"},
		"settings":      {func(s *sdk.SubscriptionSpec) { s.Settings = map[string]string{"a": strings.Repeat("x", 16<<10)} }, "/settings", "at most 16384"},
	} {
		_, err := b.Create(t.Context(), b.owner("p"), spec(c.change))
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
		fields := sdk.AsError(err).Fields
		require.Len(t, fields, 1, name)
		require.Equal(t, c.field, fields[0].Field, name)
		require.Regexp(t, regexp.QuoteMeta(c.message), fields[0].Message, name)
	}
	_, err := b.Create(t.Context(), b.owner("p"), spec(url("http://x"), types("q"), header("Host", "x")))
	require.Len(t, sdk.AsError(err).Fields, 3, "everything is told at once")
	for _, pattern := range []string{"message.v1", "message.*", "*", "*.created", "sms.inbound", "sms.*"} {
		b.create(t, b.owner("p"), spec(types(pattern)))
	}
	b.create(t, b.owner("open"), spec(types("any.thing"), url("https://elsewhere.org")))
}
