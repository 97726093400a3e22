package event_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestPublishDelays(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	for name, test := range map[string]struct {
		text  string
		due   time.Time
		fault string
	}{
		"later":           {"2026-11-22T10:11:12.345678Z", now.Add(24 * time.Hour), ""},
		"with a zone":     {"2026-11-22T11:11:12.345678+01:00", now.Add(24 * time.Hour), ""},
		"lower case":      {"2026-11-22t10:11:12.345678z", now.Add(24 * time.Hour), ""},
		"the latest":      {now.Add(event.MaxDelay).Format(time.RFC3339Nano), now.Add(event.MaxDelay), ""},
		"now":             {now.Format(time.RFC3339Nano), time.Time{}, ""},
		"past":            {"2020-01-01T00:00:00Z", time.Time{}, ""},
		"too late":        {now.Add(event.MaxDelay + time.Second).Format(time.RFC3339Nano), time.Time{}, "at most 30 days ahead: until 2026-12-21T10:11:12Z"},
		"no time":         {"tomorrow", time.Time{}, "RFC 3339"},
		"without a zone":  {"2026-11-22T10:11:12", time.Time{}, "RFC 3339"},
		"nothing in it":   {"", time.Time{}, "RFC 3339"},
		"beyond all time": {"9999-12-31T23:59:59Z", time.Time{}, "at most 30 days"},
	} {
		c.events = nil
		got, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{{Type: "a", Extensions: map[string]string{"deliverat": test.text}}})
		if test.fault != "" {
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
			f := sdk.AsError(err).Fields[0]
			require.Equal(t, "/deliverat", f.Field, name)
			require.Contains(t, f.Message, test.fault, name)
			continue
		}
		require.NoError(t, err, name)
		e := c.events[0]
		require.Equal(t, test.due, e.DeliverAt, name)
		require.Equal(t, got[0].Key, e.Key)
		require.Equal(t, e.Key.String(), e.ID)
		require.EqualValues(t, 7, e.Key.Version())
		if !test.due.IsZero() {
			sec, nsec := e.Key.Time().UnixTime()
			require.Equal(t, test.due.Truncate(time.Millisecond), time.Unix(sec, nsec).UTC(), "%s: its key is of then", name)
		}
	}
}

func TestPublishEach(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	earlier := uuid.New()
	c.stored["2"] = earlier
	got, err := s.PublishEach(t.Context(), uuid.New(), []sdk.Event{{ID: "0", Type: ""}, {ID: "1", Type: "a"}, {ID: "x", Type: "a b"}, {ID: "2", Type: "a"}})
	require.NoError(t, err)
	require.Len(t, c.events, 2)
	for _, i := range []int{0, 2} {
		require.True(t, sdk.IsCode(got[i].Err, sdk.CodeInvalid))
		require.Zero(t, got[i].Key)
	}
	require.Equal(t, event.Accepted{Key: c.events[0].Key, ID: "1"}, got[1])
	require.Equal(t, event.Accepted{Key: earlier, ID: "2", Duplicate: true}, got[3])
	c.events = nil
	got, err = s.PublishEach(t.Context(), uuid.New(), []sdk.Event{{Type: ""}})
	require.NoError(t, err)
	require.Error(t, got[0].Err)
	require.Empty(t, c.events)
}
