package event_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// counts is a store of which the test says what waits.
type counts struct {
	mu       sync.Mutex
	accounts map[uuid.UUID]int64
	err      error
	took     time.Duration
	asked    int
}

func (c *counts) Backlog(ctx context.Context) (map[uuid.UUID]int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	select {
	case <-time.After(c.took):
	case <-ctx.Done():
	}
	return c.accounts, c.err
}

func (c *counts) set(accounts map[uuid.UUID]int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accounts, c.err = accounts, err
}

func TestBacklogRefusesWhoHasMoreThanTheirShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c, next := &counts{}, &committer{}
		b := event.NewBacklog(next, c, 100, slog.New(slog.DiscardHandler))
		go b.Run(ctx)
		many, few, none := uuid.New(), uuid.New(), uuid.New()
		refused := func(account uuid.UUID) bool {
			_, err := b.Commit(ctx, []*event.Event{{AccountID: account}})
			if err == nil {
				return false
			}
			require.True(t, sdk.IsCode(err, sdk.CodeRateLimited))
			require.Equal(t, 5*time.Second, sdk.AsError(err).RetryAfter)
			return true
		}
		for _, step := range []struct {
			accounts map[uuid.UUID]int64
			err      error
			refused  []bool // many, few, none
		}{
			{map[uuid.UUID]int64{many: 99}, nil, []bool{false, false, false}},
			{map[uuid.UUID]int64{many: 100}, nil, []bool{true, false, false}},
			{map[uuid.UUID]int64{many: 90, few: 10}, nil, []bool{true, false, false}},
			{nil, errors.New("no answer"), []bool{true, false, false}},
			{map[uuid.UUID]int64{many: 60, few: 50}, nil, []bool{true, true, false}},
			{map[uuid.UUID]int64{many: 40, few: 50}, nil, []bool{false, false, false}},
		} {
			c.set(step.accounts, step.err)
			time.Sleep(1100 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
			synctest.Wait()
			require.Equal(t, step.refused, []bool{refused(many), refused(few), refused(none)})
		}
	})
}

func TestBacklogIsNotCountedAllTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := &counts{took: time.Second}
		go event.NewBacklog(nil, c, 1, slog.New(slog.DiscardHandler)).Run(ctx)
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble's clock
		c.mu.Lock()
		defer c.mu.Unlock()
		require.Equal(t, 3, c.asked)
	})
}

func TestBacklogWithoutBound(t *testing.T) {
	t.Parallel()
	c := &counts{}
	b := event.NewBacklog(&committer{}, c, 0, slog.New(slog.DiscardHandler))
	b.Run(t.Context()) // returns
	require.Zero(t, c.asked)
	_, err := b.Commit(t.Context(), []*event.Event{{}})
	require.NoError(t, err)
}
