package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func newEventType(t *testing.T, accountID uuid.UUID, name string) eventtype.EventType {
	t.Helper()
	return eventtype.EventType{
		AccountID: accountID, Name: name, Description: "d ü", Schema: []byte(`{"type":"object"}`), Example: []byte(`{"a":1.0}`),
		Deprecated: true, Revision: newID(t), CreatedAt: at, UpdatedAt: at,
	}
}

var eventTypeTests = map[string]func(*testing.T, *store.Store){
	"are read as they were put": func(t *testing.T, st *store.Store) {
		a, b := newAccount(t, st, "a"), newAccount(t, st, "b")
		one, two, bare := newEventType(t, a, "b.c"), newEventType(t, a, "a"), newEventType(t, a, "c")
		bare.Schema, bare.Example = nil, nil
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{one, two, bare}, eventtype.Condition{}, 3))
		got, err := st.EventType(t.Context(), a, "b.c")
		require.NoError(t, err)
		require.Equal(t, &one, got)
		all, err := st.EventTypes(t.Context(), a, nil)
		require.NoError(t, err)
		require.Equal(t, []eventtype.EventType{two, one, bare}, all)
		some, err := st.EventTypes(t.Context(), a, []string{"a", "none"})
		require.NoError(t, err)
		require.Equal(t, []eventtype.EventType{two}, some)
		revisions, err := st.EventTypeRevisions(t.Context(), a)
		require.NoError(t, err)
		require.Equal(t, []eventtype.Revision{{Name: "a", Revision: two.Revision}, {Name: "b.c", Revision: one.Revision}, {Name: "c", Revision: bare.Revision}}, revisions)
		none, err := st.EventTypes(t.Context(), b, nil)
		require.NoError(t, err)
		require.Empty(t, none)
		_, err = st.EventType(t.Context(), b, "a")
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	},
	"are replaced, and remember their beginning": func(t *testing.T, st *store.Store) {
		a := newAccount(t, st, "a")
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{newEventType(t, a, "x")}, eventtype.Condition{}, 1))
		again := newEventType(t, a, "x")
		again.CreatedAt, again.UpdatedAt, again.Deprecated = at.Add(time.Hour), at.Add(time.Hour), false
		put := []eventtype.EventType{again}
		require.NoError(t, st.PutEventTypes(t.Context(), put, eventtype.Condition{}, 1))
		again.CreatedAt = at
		require.Equal(t, again, put[0])
		got, err := st.EventType(t.Context(), a, "x")
		require.NoError(t, err)
		require.Equal(t, &again, got)
	},
	"change under their condition alone": func(t *testing.T, st *store.Store) {
		a := newAccount(t, st, "a")
		one := newEventType(t, a, "x")
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{one}, eventtype.Condition{}, 1))
		two := newEventType(t, a, "x")
		stale := eventtype.Condition{Revision: newID(t)}
		err := st.PutEventTypes(t.Context(), []eventtype.EventType{two}, stale, 1)
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		require.True(t, sdk.IsCode(st.DeleteEventType(t.Context(), a, "x", stale), sdk.CodeConflict))
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{two}, eventtype.Condition{Revision: one.Revision}, 1))
		require.NoError(t, st.DeleteEventType(t.Context(), a, "x", eventtype.Condition{Revision: two.Revision}))
		require.True(t, sdk.IsCode(st.DeleteEventType(t.Context(), a, "x", eventtype.Condition{}), sdk.CodeNotFound))
		err = st.PutEventTypes(t.Context(), []eventtype.EventType{two}, stale, 1)
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	},
	"are no more than the limit": func(t *testing.T, st *store.Store) {
		a := newAccount(t, st, "a")
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{newEventType(t, a, "x")}, eventtype.Condition{}, 2))
		err := st.PutEventTypes(t.Context(), []eventtype.EventType{newEventType(t, a, "y"), newEventType(t, a, "z")}, eventtype.Condition{}, 2)
		require.True(t, sdk.IsCode(err, sdk.CodeLimit), "%v", err)
		all, err := st.EventTypes(t.Context(), a, nil)
		require.NoError(t, err)
		require.Len(t, all, 1, "all or none")
		err = st.PutEventTypes(t.Context(), []eventtype.EventType{newEventType(t, newID(t), "x")}, eventtype.Condition{}, 2)
		require.Error(t, err, "no such account")
	},
}
