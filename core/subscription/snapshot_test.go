package subscription_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func (b *bench) match(t *testing.T, eventType string, extensions map[string]string) []subscription.Match {
	t.Helper()
	s, err := b.index.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	return s.Match(b.known.Providers(), &sdk.Event{Type: eventType, Extensions: extensions})
}

func TestSnapshotMatch(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"), manifest("q", open), manifest("off"))
	o, ns := b.owner("p"), subscription.Owner{AccountID: b.account, Provider: "p", Namespace: "n"}
	subs := map[uuid.UUID]string{}
	add := func(name string, o subscription.Owner, s sdk.SubscriptionSpec) {
		s.Name = name
		subs[b.create(t, o, s).ID] = name
	}
	add("every type", o, spec())
	add("old", o, spec(types("message.v1")))
	add("new", o, spec(types("message.v2")))
	add("both", o, spec(types("message.v1", "message.v2")))
	add("exact and pattern", o, spec(types("message.v2", "message.*", "*")))
	add("contacts", o, spec(types("contact.*")))
	add("platform", o, spec(types("sms.*")))
	add("namespace", ns, spec(types("*")))
	add("disabled", o, spec(func(s *sdk.SubscriptionSpec) { s.Enabled = false }))
	add("open", b.owner("q"), spec(types("message.*")))
	type match struct {
		name, native string
		verbatim     bool
	}
	for name, c := range map[string]struct {
		eventType  string
		extensions map[string]string
		want       []match
	}{
		"canonical, the newest native": {"message.received", nil, []match{
			{"both", "message.v2", false},
			{"every type", "message.v2", false},
			{"exact and pattern", "message.v2", false},
			{"namespace", "message.v2", false},
			{"new", "message.v2", false},
			{"old", "message.v1", false},
			{"open", "message.received", false},
		}},
		"of a namespace": {"message.received", map[string]string{"namespace": "n"}, []match{{"namespace", "message.v2", false}}},
		"with an attribute": {"message.received", map[string]string{"platform": "sms", "namespace": ""}, []match{
			{"both", "message.v2", false},
			{"every type", "message.v2", false},
			{"exact and pattern", "message.v2", false},
			{"new", "message.v2", false},
			{"old", "message.v1", false},
			{"open", "message.received", false},
			{"platform", "sms.inbound", false},
		}},
		"native": {"p.message.v1", nil, []match{
			{"both", "message.v1", true},
			{"every type", "message.v1", true},
			{"exact and pattern", "message.v1", true},
			{"namespace", "message.v1", true},
			{"old", "message.v1", true},
		}},
		"one native": {"contact.created", nil, []match{
			{"contacts", "contact.created", false},
			{"every type", "contact.created", false},
			{"exact and pattern", "contact.created", false},
			{"namespace", "contact.created", false},
		}},
		"of nobody": {"order.created", nil, nil},
	} {
		var got []match
		for _, m := range b.match(t, c.eventType, c.extensions) {
			got = append(got, match{subs[m.Subscription.ID], m.EventType, m.Verbatim})
		}
		slices.SortFunc(got, func(a, b match) int { return cmp.Compare(a.name, b.name) })
		require.Equal(t, c.want, got, name)
	}
	s, err := b.index.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	for id, name := range subs {
		sub, ok := s.Get(id)
		require.True(t, ok, "%s: enabled or not", name)
		require.Same(t, sub.Contract(), sub.Contract())
		require.Equal(t, sub.ExternalID, sub.Contract().ID)
	}
	_, ok := s.Get(uuid.New())
	require.False(t, ok)
}

func TestIndexSeesEveryChange(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	require.Empty(t, b.match(t, "contact.created", nil))
	sub := b.create(t, b.owner("p"), spec())
	require.Len(t, b.match(t, "contact.created", nil), 1)
	sel := subscription.ByID(b.account, sub.ID)
	_, err := b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Enabled: new(false)})
	require.NoError(t, err)
	require.Empty(t, b.match(t, "contact.created", nil))
	_, _, err = b.Put(t.Context(), b.owner("p"), spec())
	require.NoError(t, err)
	require.Len(t, b.match(t, "contact.created", nil), 1)
	_, err = b.Delete(t.Context(), sel)
	require.NoError(t, err)
	require.Empty(t, b.match(t, "contact.created", nil))
}

// Whoever has the answer to a change finds it in the index, however many change
// and read at the same time.
func TestIndexIsFreshUnderConcurrentChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				sub, err := b.Create(context.Background(), b.owner("p"), spec())
				if !noError(t, err) {
					return
				}
				s, err := b.index.Snapshot(context.Background(), b.account)
				if !noError(t, err) {
					return
				}
				if _, ok := s.Get(sub.ID); !ok {
					t.Error("a made subscription is not in the index")
				}
				_, err = b.Delete(context.Background(), subscription.ByID(b.account, sub.ID))
				if !noError(t, err) {
					return
				}
				s, err = b.index.Snapshot(context.Background(), b.account)
				if !noError(t, err) {
					return
				}
				if _, ok := s.Get(sub.ID); ok {
					t.Error("a deleted subscription is in the index")
				}
			}
		})
	}
	all.Wait()
}

func noError(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

// pages is a store of nothing but subscriptions to read.
type pages struct {
	subscription.Store
	subs    []subscription.Subscription
	changes atomic.Int64
	reads   atomic.Int64
}

func (p *pages) Changes(context.Context, uuid.UUID) (int64, error) { return p.changes.Load(), nil }

func (p *pages) ListSubscriptions(_ context.Context, q subscription.Query) ([]subscription.Subscription, error) {
	p.reads.Add(1)
	out := []subscription.Subscription{}
	for _, s := range p.subs {
		if slices.Compare(s.ID[:], q.After[:]) > 0 && len(out) < q.Limit {
			out = append(out, s)
		}
	}
	return out, nil
}

func TestIndexReadsEveryPage(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 999, 1000, 1001, 2000} {
		p := &pages{}
		for range n {
			p.subs = append(p.subs, subscription.Subscription{ID: newID(t), Provider: "p"})
		}
		s, err := subscription.NewIndex(p).Snapshot(t.Context(), uuid.New())
		require.NoError(t, err)
		for i := range p.subs {
			_, ok := s.Get(p.subs[i].ID)
			require.True(t, ok)
		}
	}
}

func TestIndexSeesOtherNodesAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, id := &pages{}, uuid.New()
		x := subscription.NewIndex(p)
		read := func() *subscription.Snapshot {
			s, err := x.Snapshot(t.Context(), id)
			require.NoError(t, err)
			return s
		}
		first := read()
		p.subs = []subscription.Subscription{{AccountID: id, ID: newID(t), Provider: "p", Version: 1}}
		p.changes.Add(1)
		require.Same(t, first, read())
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		second := read()
		_, ok := second.Get(p.subs[0].ID)
		require.True(t, ok)
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble's clock
		require.Same(t, second, read(), "nothing changed, nothing is read")
		require.EqualValues(t, 2, p.reads.Load())
	})
}

func TestHealthOutlivesASnapshot(t *testing.T) {
	t.Parallel()
	p, id := &pages{}, uuid.New()
	p.subs = []subscription.Subscription{{AccountID: id, ID: newID(t), Provider: "p", Version: 1}}
	x := subscription.NewIndex(p)
	get := func() *subscription.Subscription {
		x.Invalidate(id)
		s, err := x.Snapshot(t.Context(), id)
		require.NoError(t, err)
		sub, ok := s.Get(p.subs[0].ID)
		require.True(t, ok)
		return sub
	}
	require.False(t, get().NoteSuccess(), "no failure came before")
	since, changed := get().NoteFailure(now, "why")
	require.True(t, changed)
	require.Equal(t, now, since)
	// The store does not know yet.
	since, changed = get().NoteFailure(now.Add(time.Minute), "why")
	require.False(t, changed)
	require.Equal(t, now, since)
	require.True(t, get().NoteSuccess())
	require.False(t, get().NoteSuccess())
	get().NoteFailure(now, "why")
	p.subs[0].Version++ // its owner enabled it again
	p.changes.Add(1)
	since, changed = get().NoteFailure(now.Add(time.Hour), "why")
	require.True(t, changed)
	require.Equal(t, now.Add(time.Hour), since)
}
