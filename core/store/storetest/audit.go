package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// logged is a context whose changes are noted at a time.
func logged(t *testing.T, actor audit.Actor, when time.Time) context.Context {
	t.Helper()
	return audit.With(t.Context(), &audit.Log{Actor: actor, Action: "Act", RequestID: "r", Now: func() time.Time { return when }})
}

func note(ctx context.Context, t *testing.T, st *store.Store, id uuid.UUID, r audit.Resource, before, after any) {
	t.Helper()
	require.NoError(t, audit.Note(ctx, id, r, before, after))
	require.NoError(t, st.WriteAudit(ctx))
}

var auditTests = map[string]func(*testing.T, *store.Store){
	"an entry is read as it was noted, with the change": func(t *testing.T, st *store.Store) {
		actor := audit.Actor{KeyID: newID(t), KeyName: "ci", Operator: true, Portal: true}
		ctx := logged(t, actor, at)
		a := &account.Account{ID: newID(t), Name: "acme", CreatedAt: at}
		r := audit.Resource{Type: "account", ID: a.ID.String()}
		require.NoError(t, audit.Note(ctx, a.ID, r, nil, map[string]any{"name": "acme"}))
		require.NoError(t, st.CreateAccount(ctx, a))
		got, err := st.ListAudit(t.Context(), audit.Query{AccountID: a.ID})
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, audit.Entry{
			AccountID: a.ID, ID: got[0].ID, At: at, Actor: actor, Action: "Act", Resource: r,
			After: json.RawMessage(`{"name":"acme"}`), RequestID: "r",
		}, got[0])
		require.NoError(t, st.WriteAudit(ctx), "what is written is not written again")
		got, err = st.ListAudit(t.Context(), audit.Query{AccountID: a.ID})
		require.NoError(t, err)
		require.Len(t, got, 1)
	},
	"a change that fails leaves no entry": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		ctx := logged(t, audit.Actor{}, at)
		require.NoError(t, audit.Note(ctx, id, audit.Resource{Type: "account"}, nil, 1))
		err := st.CreateAccount(ctx, &account.Account{ID: newID(t), Name: "acme", CreatedAt: at})
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		require.NoError(t, st.CreateAccount(ctx, &account.Account{ID: newID(t), Name: "other", CreatedAt: at}))
		got, err := st.ListAudit(t.Context(), audit.Query{AccountID: id})
		require.NoError(t, err)
		require.Empty(t, got)
	},
	"filters and pages, newest first": func(t *testing.T, st *store.Store) {
		id, other := newAccount(t, st, "acme"), newAccount(t, st, "other")
		key := newID(t)
		note(logged(t, audit.Actor{KeyID: key}, at), t, st, id, audit.Resource{Type: "key", ID: "a"}, 1, 2)
		note(logged(t, audit.Actor{}, at.Add(time.Hour)), t, st, id, audit.Resource{Type: "key", ID: "b"}, nil, nil)
		note(logged(t, audit.Actor{}, at), t, st, other, audit.Resource{Type: "key", ID: "c"}, nil, nil)
		for name, c := range map[string]struct {
			q    audit.Query
			want []string
		}{
			"all":       {audit.Query{}, []string{"b", "a"}},
			"one":       {audit.Query{Limit: 1}, []string{"b"}},
			"key":       {audit.Query{KeyID: key}, []string{"a"}},
			"action":    {audit.Query{Action: "Act"}, []string{"b", "a"}},
			"no action": {audit.Query{Action: "Other"}, nil},
			"type":      {audit.Query{ResourceType: "key"}, []string{"b", "a"}},
			"resource":  {audit.Query{ResourceID: "b"}, []string{"b"}},
			"from":      {audit.Query{From: at.Add(time.Hour)}, []string{"b"}},
			"to":        {audit.Query{To: at.Add(time.Hour)}, []string{"a"}},
		} {
			c.q.AccountID = id
			got, err := st.ListAudit(t.Context(), c.q)
			require.NoError(t, err)
			var ids []string
			for _, e := range got {
				ids = append(ids, e.Resource.ID)
			}
			require.Equal(t, c.want, ids, name)
		}
		all, err := st.ListAudit(t.Context(), audit.Query{AccountID: id})
		require.NoError(t, err)
		rest, err := st.ListAudit(t.Context(), audit.Query{AccountID: id, Before: all[0].ID})
		require.NoError(t, err)
		require.Equal(t, all[1:], rest)
	},
	"old entries are removed in steps": func(t *testing.T, st *store.Store) {
		for i, name := range []string{"a", "b", "c"} {
			note(logged(t, audit.Actor{}, at.Add(time.Duration(i)*time.Hour)), t, st, newAccount(t, st, name), audit.Resource{Type: "x"}, nil, nil)
		}
		for _, want := range []int{1, 1, 0} {
			n, err := st.RemoveAudit(t.Context(), at.Add(2*time.Hour), 1)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		left, err := st.AccountByName(t.Context(), "c")
		require.NoError(t, err)
		got, err := st.ListAudit(t.Context(), audit.Query{AccountID: left.ID})
		require.NoError(t, err)
		require.Len(t, got, 1)
	},
}
