package store_test

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// cutter passes connections to a server on. When armed it lets the next COMMIT
// reach the server and keeps the answer to itself.
type cutter struct {
	server string
	armed  atomic.Bool
	cut    atomic.Int64
}

// listen serves connections until the test ends and returns its address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serve(client) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		all.Wait()
	})
	return l.Addr().String()
}

func (c *cutter) serve(client net.Conn) {
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		_ = client.Close()
		return
	}
	var cutting atomic.Bool
	var back sync.WaitGroup
	back.Go(func() {
		defer func() { _, _ = client.Close(), server.Close() }()
		b := make([]byte, 64<<10)
		for {
			n, err := server.Read(b)
			if err != nil || cutting.Load() { // the answer to COMMIT: it is done
				return
			}
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
		}
	})
	b := make([]byte, 64<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			break
		}
		if bytes.Contains(bytes.ToLower(b[:n]), []byte("commit\x00")) && c.armed.CompareAndSwap(true, false) {
			cutting.Store(true)
			c.cut.Add(1)
		}
		if _, err := server.Write(b[:n]); err != nil {
			break
		}
	}
	_ = server.Close()
	back.Wait()
}

func TestClaimsWithALostAnswerAreGivenBack(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	u, err := url.Parse(dsn.Reveal())
	require.NoError(t, err)
	c := &cutter{server: u.Host}
	u.Host = listen(t, c.serve)
	st := openPostgres(t, sdk.Secret(u.String()), 1)
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(t.Context(), self, "self"))
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: acc, Name: "a"}))
	b := batch(t, self, acc, 2)
	for i := range b.Events {
		b.Events[i].Owned, b.Outcomes[i].Settles = false, false
		b.Outcomes[i].Delivery.Status, b.Outcomes[i].Delivery.DueAt = sdk.DeliveryRetrying, time.Now().Add(-time.Hour)
	}
	_, err = st.Commit(t.Context(), b)
	require.NoError(t, err)

	c.armed.Store(true)
	events, err := st.ClaimEvents(t.Context(), self, 10)
	require.Error(t, err)
	require.Empty(t, events)
	db := rawPostgres(t, dsn)
	require.Equal(t, []int64{2}, column[int64](t, db, "SELECT count(*) FROM pending_events WHERE node_id IS NOT NULL"), "the server has committed")
	events, err = st.ClaimEvents(t.Context(), self, 10)
	require.NoError(t, err)
	require.Len(t, events, 2)

	c.armed.Store(true)
	claimed, err := st.ClaimDeliveries(t.Context(), self, time.Now(), 10)
	require.Error(t, err)
	require.Empty(t, claimed)
	require.Equal(t, []int64{2}, column[int64](t, db, "SELECT count(*) FROM deliveries WHERE node_id IS NOT NULL"))
	claimed, err = st.ClaimDeliveries(t.Context(), self, time.Now().Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, claimed, 2)
	events, err = st.ClaimEvents(t.Context(), self, 10)
	require.NoError(t, err)
	require.Empty(t, events, "what was handed out is not given back")
	require.EqualValues(t, 2, c.cut.Load())
}
