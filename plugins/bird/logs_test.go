package bird_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func record(sub string, age time.Duration, status sdk.DeliveryStatus, attempts ...sdk.Attempt) sdk.DeliveryRecord {
	return sdk.DeliveryRecord{
		ID: uuid.NewString(), SubscriptionID: sub, EventType: "sms.outbound", Verbatim: true, Status: status,
		Event: sdk.Event{Data: []byte(`{"id":"<1>"}`)}, CreatedAt: time.Now().Add(-age), Attempts: attempts,
	}
}

type logPage struct {
	Results []struct {
		RequestID, ExecutionStatus   string
		AttemptCount, HTTPStatusCode int
	}
	NextPageToken *string
}

func logs(t *testing.T, h *sdktest.Harness, path string) (p logPage) {
	t.Helper()
	resp := h.Do(t, get(path))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &p))
	return p
}

func TestLogs(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	id := create(t, h, long, documentedBody(t)).ID
	path := long + "/" + id + "/logs"
	require.JSONEq(t, `{"results":[]}`, sdktest.Body(t, h.Do(t, get(path))))
	h.Engine.AddDelivery(record(id, 8*24*time.Hour, sdk.DeliveryDead))
	dead := record(id, time.Hour, sdk.DeliveryDead, sdk.Attempt{Number: 1, Error: "connection refused"}, sdk.Attempt{Number: 2, ResponseStatus: 500, Error: "HTTP 500"})
	fine := record(id, time.Minute, sdk.DeliveryDelivered, sdk.Attempt{Number: 1, ResponseStatus: 204})
	h.Engine.AddDelivery(dead)
	h.Engine.AddDelivery(record(id, time.Minute, sdk.DeliveryPending))
	h.Engine.AddDelivery(fine)
	h.Engine.AddDelivery(record(uuid.NewString(), 0, sdk.DeliveryDelivered))

	p := logs(t, h, path)
	require.Len(t, p.Results, 3, "of this subscription, of the last seven days")
	require.Equal(t, fine.ID, p.Results[0].RequestID)
	require.Equal(t, "success", p.Results[0].ExecutionStatus)
	require.Equal(t, 204, p.Results[0].HTTPStatusCode)
	require.Equal(t, "pending", p.Results[1].ExecutionStatus)
	require.Zero(t, p.Results[1].AttemptCount)
	require.Equal(t, dead.ID, p.Results[2].RequestID)
	require.Equal(t, "failed", p.Results[2].ExecutionStatus)
	require.Equal(t, 2, p.Results[2].AttemptCount)
	require.Equal(t, 500, p.Results[2].HTTPStatusCode)

	for status, want := range map[string]string{"success": fine.ID, "failed": dead.ID} {
		p = logs(t, h, path+"?executionStatus="+status)
		require.Len(t, p.Results, 1)
		require.Equal(t, want, p.Results[0].RequestID)
	}
	first := logs(t, h, path+"?limit=2")
	require.NotNil(t, first.NextPageToken)
	second := logs(t, h, strings.Replace(path, long, short, 1)+"?limit=2&pageToken="+*first.NextPageToken)
	require.Nil(t, second.NextPageToken)
	require.Equal(t, dead.ID, second.Results[0].RequestID)
}

func TestLogDetails(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	id := create(t, h, long, documentedBody(t)).ID
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	d := record(id, time.Hour, sdk.DeliveryDelivered,
		sdk.Attempt{Number: 1, StartedAt: start, Error: "timeout of 10000ms exceeded"},
		sdk.Attempt{Number: 2, StartedAt: start, ResponseStatus: 502, ResponseBody: []byte("Bad <Gateway>"), Error: "HTTP 502 Bad Gateway"},
		sdk.Attempt{Number: 3, StartedAt: start, ResponseStatus: 200, ResponseBody: []byte("ok")})
	h.Engine.AddDelivery(d)
	at := `"createdAt":"` + start.Format(time.RFC3339) + `"`
	sent := `"requestId":"` + d.ID + `","requestBody":"{\"service\":\"channels\",\"event\":\"sms.outbound\",\"payload\":{\"id\":\"<1>\"}}",` + at
	for _, requestID := range []string{d.ID, strings.ToUpper(d.ID)} {
		resp := h.Do(t, get(long+"/"+id+"/logs/details?requestId="+requestID))
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.JSONEq(t, `{"results":[
			{"attempt":1,"httpStatusCode":0,"executionStatus":"failed","responseBody":"","errorMessage":"timeout of 10000ms exceeded",`+sent+`},
			{"attempt":2,"httpStatusCode":502,"executionStatus":"failed","responseBody":"Bad <Gateway>","errorMessage":"HTTP 502 Bad Gateway",`+sent+`},
			{"attempt":3,"httpStatusCode":200,"executionStatus":"success","responseBody":"ok",`+sent+`}]}`, sdktest.Body(t, resp))
	}
	old := record(id, 8*24*time.Hour, sdk.DeliveryDead)
	h.Engine.AddDelivery(old)
	other := record(uuid.NewString(), 0, sdk.DeliveryDead)
	h.Engine.AddDelivery(other)
	for _, requestID := range []string{uuid.NewString(), "nope", old.ID, other.ID} {
		require.Equal(t, http.StatusNotFound, h.Do(t, get(long+"/"+id+"/logs/details?requestId="+requestID)).StatusCode)
	}
	unrendered := record(id, 0, sdk.DeliveryDead, sdk.Attempt{Number: 1, StartedAt: start, Error: "cannot be rendered"})
	unrendered.Verbatim, unrendered.Event.Type = false, "message.sent"
	unrendered.Event.Data = []byte(`[]`)
	h.Engine.AddDelivery(unrendered)
	require.Contains(t, sdktest.Body(t, h.Do(t, get(short+"/"+id+"/logs/details?requestId="+unrendered.ID))), `"requestBody":""`)
}
