package unified

import (
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

func TestPublishedIsWrittenAsTheGeneratedTypesAre(t *testing.T) {
	t.Parallel()
	accepted := []event.Accepted{
		{Key: uuid.MustParse("01900000-0000-7000-8000-0123456789ab"), ID: "order-1"},
		{Key: uuid.Max, ID: `a "quoted" \ <id> & é` + "\u2028", Duplicate: true},
	}
	items := []switchhook.PublishedEvent{}
	for _, a := range accepted {
		items = append(items, switchhook.PublishedEvent{ID: a.Key, CloudeventID: a.ID, Duplicate: a.Duplicate})
	}
	tests := []struct {
		given published
		want  any
	}{
		{published{events: accepted[:1]}, items[0]},
		{published{events: accepted[1:]}, items[1]},
		{published{events: accepted, batch: true}, switchhook.PublishedBatch{Items: items}},
		{published{batch: true}, switchhook.PublishedBatch{Items: []switchhook.PublishedEvent{}}},
	}
	for _, test := range tests {
		want, err := jsondata.Marshal(test.want)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		require.NoError(t, test.given.VisitPublishEventsResponse(w))
		require.Equal(t, string(want), w.Body.String())
		require.Equal(t, 202, w.Code)
		require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	}
}
