package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// shown runs a command against a gateway that gives one answer.
func shown(t *testing.T, answer string, args ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	out, err := try(t, "", append(args, "--server", server.URL, "--key", "swh_k")...)
	require.NoError(t, err)
	return out
}

func TestWaterfall(t *testing.T) {
	t.Parallel()
	require.Equal(t, `trace    4bf92f3577b34da6a3ce929d0e0e4736
viewer   https://jaeger.example/trace/4bf92f3577b34da6a3ce929d0e0e4736
started  2026-11-21T09:00:00Z
took     20.0 ms

SPAN                     SOURCE    START  MS   RESULT                          WATERFALL
publish order.created    recorded  +0.0   5.0  -                               |==========                              |
  deliver order.created  stored    +10.0  9.5  503 the endpoint answered that  |                    =================== |
    queue                stored    +10.0  0.0  -                               |                    =                   |
  attempt                recorded  +10.0  5.0  HTTP 503 Service Unavailable    |                    ==========          |
elsewhere                recorded  +20.0  -    failed                          |                                       =|
There are more spans than are shown.
`, shown(t, `{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","start_time":"2026-11-21T09:00:00Z","duration_ms":20,"truncated":true,
	"viewer_url":"https://jaeger.example/trace/4bf92f3577b34da6a3ce929d0e0e4736","spans":[
	{"span_id":"01","name":"publish order.created","source":"recorded","status":"unset","start_time":"2026-11-21T09:00:00Z","duration_ms":5},
	{"span_id":"02","parent_span_id":"01","name":"deliver order.created","source":"stored","status":"error","start_time":"2026-11-21T09:00:00.01Z","duration_ms":9.5,
	 "status_message":"the endpoint answered that","attributes":{"http.response.status_code":503}},
	{"span_id":"03","parent_span_id":"02","name":"queue","source":"stored","status":"unset","start_time":"2026-11-21T09:00:00.01Z","duration_ms":0.02},
	{"span_id":"05","parent_span_id":"01","name":"attempt","source":"recorded","status":"error","start_time":"2026-11-21T09:00:00.01Z","duration_ms":5,
	 "status_message":"HTTP 503 Service Unavailable","attributes":{"http.response.status_code":503}},
	{"span_id":"04","parent_span_id":"ff","name":"elsewhere","source":"recorded","status":"error","start_time":"2026-11-21T09:00:00.02Z","duration_ms":0}
	]}`, "trace", "get", "4bf92f3577b34da6a3ce929d0e0e4736"))
}

func TestStatisticsTable(t *testing.T) {
	t.Parallel()
	const none = `"published":0,"refused":0,"delivered":0,"failed_attempts":0,"dead":0`
	require.Equal(t, `TIME                  PUBLISHED  REFUSED  DELIVERED  FAILED ATTEMPTS  DEAD  BACKLOG  P50 MS  P95 MS  P99 MS
2026-11-21T09:01:00Z  3          1        2          1                0     0        4.5     9.0     9.9
2026-11-21T09:02:00Z  0          0        0          0                0     7        -       -       -
In 2 of 4 steps of 1m0s nothing happened.
`, shown(t, `{"from":"2026-11-21T09:00:00Z","to":"2026-11-21T09:04:00Z","step":60,"items":[
	{"time":"2026-11-21T09:00:00Z",`+none+`,"backlog":0},
	{"time":"2026-11-21T09:01:00Z","published":3,"refused":1,"delivered":2,"failed_attempts":1,"dead":0,"backlog":0,"latency_ms":{"p50":4.5,"p95":9,"p99":9.9}},
	{"time":"2026-11-21T09:02:00Z",`+none+`,"backlog":7},
	{"time":"2026-11-21T09:03:00Z",`+none+`,"backlog":0}]}`, "statistics"))
}
