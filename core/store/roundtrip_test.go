package store_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// waits passes connections to a Postgres server on and counts the messages upon
// which a client waits for the server: Query and Sync.
type waits struct {
	server string
	n      atomic.Int64
}

func (w *waits) serve(client net.Conn) {
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		_ = client.Close()
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	// The first message has no type.
	for head, typed := make([]byte, 4), false; ; head, typed = make([]byte, 5), true {
		if _, err := io.ReadFull(client, head); err != nil {
			break
		}
		if typed && (head[0] == 'Q' || head[0] == 'S') {
			w.n.Add(1)
		}
		length := int64(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
		if _, err := server.Write(head); err != nil {
			break
		}
		if _, err := io.CopyN(server, client, length); err != nil {
			break
		}
	}
	_, _ = client.Close(), server.Close()
	back.Wait()
}

func TestACommitToPostgresTakesTwoRoundTrips(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(storetest.Postgres(t).Reveal())
	require.NoError(t, err)
	w := &waits{server: u.Host}
	u.Host = listen(t, w.serve)
	st := openPostgres(t, sdk.Secret(u.String()), 1)
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(t.Context(), self, "self"))
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: acc, Name: "a"}))
	// The statements are prepared on the way.
	for range 2 {
		_, err = st.Commit(t.Context(), batch(t, self, acc, 100))
		require.NoError(t, err)
	}
	before := w.n.Load()
	_, err = st.Commit(t.Context(), batch(t, self, acc, 100))
	require.NoError(t, err)
	require.EqualValues(t, 2, w.n.Load()-before)
}

func TestAFailedCommitToPostgresLeavesNothing(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	st := openPostgres(t, dsn, 1)
	db := rawPostgres(t, dsn)
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(t.Context(), self, "self"))
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: acc, Name: "a"}))
	const refused = "\x00"
	for name, spoil := range map[string]func(*journal.Batch){
		"an event":     func(b *journal.Batch) { b.Events[1].Event.Type = refused },
		"an outcome":   func(b *journal.Batch) { b.Outcomes[1].Delivery.Provider = refused },
		"a dead node":  func(b *journal.Batch) { b.Node = uuid.New() },
		"an attribute": func(b *journal.Batch) { b.Events[1].Event.Time = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		bad := batch(t, self, acc, 3)
		spoil(&bad)
		_, err := st.Commit(t.Context(), bad)
		require.Error(t, err, name)
		for _, table := range []string{"events", "pending_events", "deliveries", "attempts"} {
			require.Equal(t, []int64{0}, column[int64](t, db, "SELECT count(*) FROM "+table), name)
		}
		open := "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
		require.Equal(t, []int64{0}, column[int64](t, db, open), name)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := st.Commit(ended, batch(t, self, acc, 3))
	require.ErrorIs(t, err, context.Canceled)
	_, err = st.Commit(t.Context(), batch(t, self, acc, 3))
	require.NoError(t, err)
	require.Equal(t, []int64{3}, column[int64](t, db, "SELECT count(*) FROM deliveries"))
}
