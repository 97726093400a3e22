package account_test

import (
	"context"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestUpdateSettings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	read := func() account.Settings {
		s, err := b.Settings(t.Context(), acme)
		require.NoError(t, err)
		return s
	}
	require.Zero(t, read())
	require.Equal(t, account.ValidationOff, read().Validation())
	limits := account.Limits{MaxSubscriptions: 5, EventsPerSecond: 2.5, MaxEventBytes: 100}
	a, err := b.UpdateSettings(t.Context(), acme, 0, account.SettingsPatch{Limits: &limits})
	require.NoError(t, err)
	require.EqualValues(t, 2, a.Version)
	require.Equal(t, account.Settings{Limits: limits}, read(), "at once at the node that made the change")
	a, err = b.UpdateSettings(t.Context(), acme, 2, account.SettingsPatch{EventValidation: new(account.ValidationWarn)})
	require.NoError(t, err)
	require.Equal(t, account.Settings{EventValidation: account.ValidationWarn, Limits: limits}, a.Settings)
	_, err = b.UpdateSettings(t.Context(), acme, 2, account.SettingsPatch{Limits: &account.Limits{}})
	requireCode(t, err, sdk.CodeConflict)
	require.Equal(t, limits, read().Limits)
	_, err = b.UpdateSettings(t.Context(), uuid.New(), 0, account.SettingsPatch{})
	requireCode(t, err, sdk.CodeNotFound)
	_, err = b.Settings(t.Context(), uuid.New())
	requireCode(t, err, sdk.CodeNotFound)
}

func TestAnotherNodeSeesSettingsWithinASecond(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme, other := b.account(t, "acme"), b.another()
	s, err := other.Settings(t.Context(), acme)
	require.NoError(t, err)
	require.Zero(t, s)
	_, err = b.UpdateSettings(t.Context(), acme, 0, account.SettingsPatch{EventValidation: new(account.ValidationRefuse)})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		s, err := other.Settings(context.Background(), acme)
		return err == nil && s.EventValidation == account.ValidationRefuse
	}, 10*time.Second, 50*time.Millisecond)
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	for field, p := range map[string]account.SettingsPatch{
		"/event_validation":         {EventValidation: new(account.EventValidation("on"))},
		"/limits/max_subscriptions": {Limits: &account.Limits{MaxSubscriptions: -1}},
		"/limits/events_per_second": {Limits: &account.Limits{EventsPerSecond: math.NaN()}},
		"/limits/burst":             {Limits: &account.Limits{Burst: 3}},
		"/limits/max_event_bytes":   {Limits: &account.Limits{MaxEventBytes: 1 << 40}},
	} {
		_, err := b.UpdateSettings(t.Context(), acme, 0, p)
		requireCode(t, err, sdk.CodeInvalid)
		require.Equal(t, field, sdk.AsError(err).Fields[0].Field)
	}
	a, err := b.Find(t.Context(), "acme")
	require.NoError(t, err)
	require.Zero(t, a.Settings)
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limits account.Limits
		want   int
	}{
		{account.Limits{}, 0},
		{account.Limits{EventsPerSecond: 0.1}, 1},
		{account.Limits{EventsPerSecond: 2.5}, 3},
		{account.Limits{EventsPerSecond: 2.5, Burst: 1}, 1},
		{account.Limits{EventsPerSecond: 0.1, Burst: 500}, 500},
	} {
		require.Equal(t, c.want, c.limits.AtOnce(), "%+v", c.limits)
	}
}

// counting counts what is read of accounts.
type counting struct {
	account.Store
	reads int
}

func (c *counting) AccountByName(ctx context.Context, name string) (*account.Account, error) {
	c.reads++
	return c.Store.AccountByName(ctx, name)
}

func TestTheOperatorsAccountIsReadOnceASecond(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.account(t, "other")
	_, token := b.key(t, account.NewKey{AccountID: b.account(t, "acme"), Operator: true})
	st := &counting{Store: b.store}
	s := account.NewService(st, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	for range 100 {
		_, err := s.Authenticate(t.Context(), token, "other")
		require.NoError(t, err)
	}
	require.Less(t, st.reads, 20)
}
