package gateway

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// refusing are limits that are used up.
type refusing struct{ asked []uuid.UUID }

func (l *refusing) Admit(_ context.Context, accountID uuid.UUID, _ []sdk.Event) (*account.Pace, error) {
	l.asked = append(l.asked, accountID)
	return nil, &sdk.Error{Code: sdk.CodeRateLimited, Message: "used up", RetryAfter: 1}
}

func TestTestCallsCountForTheAccountsLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limits := &refusing{}
	w.engine.limits = limits
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		_, err := e.PublishTo(ctx, "external", "test.ping", []byte(`{"a":1}`))
		require.True(t, sdk.IsCode(err, sdk.CodeRateLimited), "%v", err)
	})
	require.Empty(t, w.outside.published)
	require.Equal(t, []uuid.UUID{mainAccount}, limits.asked)
}
