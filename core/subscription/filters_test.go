package subscription_test

import (
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// filtered has one type for calls of each direction, and filters of both kinds.
func filtered(m *sdk.Manifest) {
	keys := []sdk.FilterKey{
		{Key: "channelId", Fields: []string{"channelid", "/channel/id"}},
		{Key: "status", Fields: []string{"/status"}},
	}
	m.EventTypes = []sdk.EventType{
		{Name: "voice.inbound", Canonical: []string{"call.ended"}, When: []sdk.Filter{{Key: "/direction", Value: "in"}}, FilterKeys: keys},
		{Name: "voice.outbound", Canonical: []string{"call.ended"}, When: []sdk.Filter{{Key: "/direction", Value: "out"}}, FilterKeys: keys},
		{Name: "plain", Canonical: []string{"other"}},
	}
}

func filters(fs ...sdk.Filter) func(*sdk.SubscriptionSpec) {
	return func(s *sdk.SubscriptionSpec) { s.Filters = fs }
}

func TestMatchHoldsConditionsAndFilters(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", filtered))
	add := func(name string, change ...func(*sdk.SubscriptionSpec)) {
		b.create(t, b.owner("p"), spec(append(change, func(s *sdk.SubscriptionSpec) { s.Name = name })...))
	}
	add("in", types("voice.inbound"))
	add("out", types("voice.outbound"))
	add("channel 1", types("voice.inbound"), filters(sdk.Filter{Key: "channelId", Value: "1"}))
	add("channel 1 or 2, done", types("voice.*"), filters(sdk.Filter{Key: "channelId", Value: "1"},
		sdk.Filter{Key: "channelId", Value: "2"}, sdk.Filter{Key: "status", Value: "done"}))
	for name, c := range map[string]struct {
		event sdk.Event
		want  []string
	}{
		"Inbound":         {sdk.Event{Type: "call.ended", Data: []byte(`{"direction":"in"}`)}, []string{"in"}},
		"Outbound":        {sdk.Event{Type: "call.ended", Data: []byte(`{"direction":"out"}`)}, []string{"out"}},
		"NoDirection":     {sdk.Event{Type: "call.ended", Data: []byte(`{}`)}, nil},
		"NoJSON":          {sdk.Event{Type: "call.ended", Data: []byte{0xff}}, nil},
		"NumberInTheData": {sdk.Event{Type: "call.ended", Data: []byte(`{"direction":"in","channel":{"id":1}}`)}, []string{"channel 1", "in"}},
		"AttributeFirst": {sdk.Event{
			Type: "call.ended", Extensions: map[string]string{"channelid": "2"}, Data: []byte(`{"direction":"in","channel":{"id":1},"status":"done"}`),
		}, []string{"channel 1 or 2, done", "in"}},
		"Verbatim": {sdk.Event{Type: "p.voice.inbound", Data: []byte(`{"channel":{"id":"1"},"status":"done"}`)}, []string{"channel 1", "channel 1 or 2, done", "in"}},
	} {
		require.Equal(t, c.want, b.names(t, c.event), name)
	}
}

// An event that has no field for a filter key may say its value by its type.
func TestMatchTakesWhatATypeImplies(t *testing.T) {
	t.Parallel()
	status := sdk.FilterKey{Key: "status", Fields: []string{"status", "/status"}, Implied: []sdk.ImpliedValue{
		{Type: "sent", Value: "sent"},
		{Type: "failed", When: []sdk.Filter{{Key: "/reason", Value: "busy"}}, Value: "busy"},
		{Type: "failed", Value: "failed"},
	}}
	b := newBench(t, manifest("p", func(m *sdk.Manifest) {
		m.EventTypes = []sdk.EventType{{Name: "message", Canonical: []string{"sent", "failed", "read"}, FilterKeys: []sdk.FilterKey{status}}}
	}))
	for _, value := range []string{"sent", "busy", "failed", "other"} {
		b.create(t, b.owner("p"), spec(named(value), filters(sdk.Filter{Key: "status", Value: value})))
	}
	for name, c := range map[string]struct {
		event sdk.Event
		want  []string
	}{
		"ByType":         {sdk.Event{Type: "sent", Data: []byte(`{}`)}, []string{"sent"}},
		"ByCondition":    {sdk.Event{Type: "failed", Data: []byte(`{"reason":"busy"}`)}, []string{"busy"}},
		"NoCondition":    {sdk.Event{Type: "failed", Data: []byte(`{"reason":"why"}`)}, []string{"failed"}},
		"FieldFirst":     {sdk.Event{Type: "failed", Data: []byte(`{"reason":"busy","status":"other"}`)}, []string{"other"}},
		"AttributeFirst": {sdk.Event{Type: "sent", Extensions: map[string]string{"status": "other"}}, []string{"other"}},
		"NothingImplied": {sdk.Event{Type: "read", Data: []byte(`{}`)}, nil},
		"NativeType":     {sdk.Event{Type: "p.message", Data: []byte(`{}`)}, nil},
		"NativeField":    {sdk.Event{Type: "p.message", Data: []byte(`{"status":"sent"}`)}, []string{"sent"}},
	} {
		require.Equal(t, c.want, b.names(t, c.event), name)
	}
}

func TestMatchReachesOneWebhook(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", filtered))
	one := b.create(t, b.owner("p"), spec(types("plain"), func(s *sdk.SubscriptionSpec) { s.Name = "one" }))
	b.create(t, b.owner("p"), spec(types("*"), func(s *sdk.SubscriptionSpec) { s.Name = "two" }))
	to := map[string]string{subscription.AttributeWebhookID: one.ExternalID}
	require.Equal(t, []string{"one"}, b.names(t, sdk.Event{Type: "p.voice.inbound", Extensions: to}), "native, whatever its patterns")
	require.Equal(t, []string{"one"}, b.names(t, sdk.Event{Type: "other", Extensions: to}))
	require.Empty(t, b.names(t, sdk.Event{Type: "call.ended", Extensions: to, Data: []byte(`{"direction":"in"}`)}), "canonical, by its patterns")
	require.Empty(t, b.names(t, sdk.Event{Type: "other", Extensions: map[string]string{subscription.AttributeWebhookID: "another"}}))
}

func TestFiltersMustBeOfTheEventTypes(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", filtered))
	for name, c := range map[string]struct{ pattern, key, message string }{
		"UnknownKey":       {"voice.*", "nonsense", "there are channelId, status"},
		"TypeWithoutKeys":  {"plain", "status", "no filters"},
		"AmongSeveralGood": {"*", "x", "channelId"},
	} {
		_, err := b.Create(t.Context(), b.owner("p"), spec(types(c.pattern), filters(sdk.Filter{Key: c.key, Value: "1"})))
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), name)
		field := sdk.AsError(err).Fields[0]
		require.Equal(t, "/filters/0/key", field.Field, name)
		require.Contains(t, field.Message, c.message, name)
	}
}

func TestNoteErrorIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	s := b.create(t, b.owner("p"), spec())
	require.Nil(t, s.LastError)
	require.NoError(t, b.NoteError(t.Context(), subscription.ByID(b.account, s.ID), "timeout of 10000ms exceeded"))
	got, err := b.Get(t.Context(), subscription.ByID(b.account, s.ID))
	require.NoError(t, err)
	require.Equal(t, &sdk.LastError{At: now, Message: "timeout of 10000ms exceeded"}, got.LastError)
	require.Equal(t, s.Version, got.Version, "no change of the subscription")
	require.Equal(t, got.LastError, got.Contract().LastError)
}

// names lists who gets an event.
func (b *bench) names(t *testing.T, ev sdk.Event) (names []string) {
	t.Helper()
	s, err := b.index.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	for _, m := range s.Match(b.known.Providers(), &ev) {
		names = append(names, m.Subscription.Name)
	}
	sort.Strings(names)
	return names
}
