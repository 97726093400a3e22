package account_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func anyone(*account.Key) error { return nil }

func TestRotateKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	old, oldToken := b.key(t, account.NewKey{
		AccountID: acme, Name: "ci", Scopes: []string{"events:write"}, ClientID: "client", ExpiresAt: now.Add(100 * time.Hour),
	})
	works := func(token sdk.Secret) bool {
		_, err := b.Authenticate(t.Context(), token, "")
		return err == nil
	}
	b.now = now.Add(time.Hour)
	next, token, err := b.RotateKey(t.Context(), acme, old.ID, 2*time.Hour, anyone)
	require.NoError(t, err)
	require.NotEqual(t, oldToken, token)
	require.Equal(t, &account.Key{
		ID: next.ID, AccountID: acme, Name: "ci", ClientID: "client", Scopes: []string{"events:write"}, Hint: token.Reveal()[:8] + "…",
		CreatedAt: b.now, ExpiresAt: b.now.Add(100 * time.Hour),
	}, next)
	require.True(t, works(token))
	b.now = now.Add(3*time.Hour - 1)
	require.True(t, works(oldToken), "both work until the overlap ends")
	b.now = now.Add(3 * time.Hour)
	require.False(t, works(oldToken))
	require.True(t, works(token))
	_, _, err = b.RotateKey(t.Context(), acme, old.ID, 0, anyone)
	requireCode(t, err, sdk.CodeConflict)
	require.ErrorContains(t, err, next.ID.String())
	_, last, err := b.RotateKey(t.Context(), acme, next.ID, 0, anyone)
	require.NoError(t, err)
	require.False(t, works(token), "without an overlap it ends at once")
	require.True(t, works(last))
}

func TestAKeyIsNotRotated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme, ExpiresAt: now.Add(time.Hour)})
	for _, overlap := range []time.Duration{-1, account.MaxOverlap + 1} {
		_, _, err := b.RotateKey(t.Context(), acme, k.ID, overlap, anyone)
		requireCode(t, err, sdk.CodeInvalid)
		require.Equal(t, "/overlap_seconds", sdk.AsError(err).Fields[0].Field)
	}
	refused := errors.New("refused")
	_, _, err := b.RotateKey(t.Context(), acme, k.ID, 0, func(*account.Key) error { return refused })
	require.ErrorIs(t, err, refused)
	_, _, err = b.RotateKey(t.Context(), b.account(t, "other"), k.ID, 0, anyone)
	requireCode(t, err, sdk.CodeNotFound)
	_, err = b.Authenticate(t.Context(), token, "")
	require.NoError(t, err)
	_, _, err = b.RotateKey(t.Context(), acme, k.ID, account.MaxOverlap, anyone)
	require.NoError(t, err)
	read, err := b.Key(t.Context(), acme, k.ID)
	require.NoError(t, err)
	require.Equal(t, now.Add(time.Hour), read.ExpiresAt, "an overlap makes no life longer")
	late, _ := b.key(t, account.NewKey{AccountID: acme, ExpiresAt: now.Add(time.Hour)})
	b.now = now.Add(time.Hour)
	_, _, err = b.RotateKey(t.Context(), acme, late.ID, 0, anyone)
	requireCode(t, err, sdk.CodeConflict)
}

func TestLastUseIsWrittenNowAndThen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme})
	late, lateToken := b.key(t, account.NewKey{AccountID: acme, ExpiresAt: now.Add(time.Second)})
	used := func(id uuid.UUID) time.Time {
		read, err := b.Key(t.Context(), acme, id)
		require.NoError(t, err)
		return read.LastUsedAt
	}
	b.now = now.Add(time.Minute)
	for range 10 {
		_, err := b.Authenticate(t.Context(), token, "")
		require.NoError(t, err)
	}
	_, err := b.Authenticate(t.Context(), lateToken, "")
	requireCode(t, err, sdk.CodeUnauthenticated)
	require.Zero(t, used(k.ID), "no request writes it")
	b.WriteUses(t.Context())
	require.Equal(t, now.Add(time.Minute), used(k.ID))
	require.Zero(t, used(late.ID), "an expired key was not used")
}

// using counts what is written of uses.
type using struct {
	account.Store
	written atomic.Int64
}

func (u *using) KeyByHash(context.Context, [32]byte) (*account.Key, error) {
	return &account.Key{AccountID: uuid.UUID{1}, ID: uuid.UUID{2}}, nil
}

func (u *using) NoteUse(_ context.Context, uses []account.KeyUse) error {
	u.written.Add(int64(len(uses)))
	return nil
}

func TestUsesAreWrittenOnceAMinuteAndAtTheEnd(t *testing.T) {
	t.Parallel()
	st := &using{}
	// Made out here: the caches have goroutines that outlive the bubble.
	s := account.NewService(st, time.Now, discard())
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		_, err := s.Authenticate(ctx, "swh_token", "")
		require.NoError(t, err)
		<-time.After(59 * time.Second) // of the bubble's clock
		synctest.Wait()
		require.Zero(t, st.written.Load())
		<-time.After(2 * time.Second)
		synctest.Wait()
		require.Equal(t, int64(1), st.written.Load())
		_, err = s.Authenticate(ctx, "swh_another", "")
		require.NoError(t, err)
		stop()
		<-done
		require.Equal(t, int64(2), st.written.Load(), "what waits is written at the end")
	})
}
