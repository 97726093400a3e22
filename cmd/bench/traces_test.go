package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTracingSettings(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		tracesOff:       {"SWITCHHOOK_TRACES_STORE=false", "SWITCHHOOK_TRACES_SAMPLE_RATIO=0"},
		"traces-kept-1": {"SWITCHHOOK_TRACES_STORE=true", "SWITCHHOOK_TRACES_SAMPLE_RATIO=0.01"},
		"traces-both-100": {
			"SWITCHHOOK_TRACES_STORE=true", "SWITCHHOOK_TRACES_SAMPLE_RATIO=1", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1",
			"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=1",
		},
	} {
		found := false
		for _, trace := range tracings() {
			if trace.name == name {
				found = true
				require.Equal(t, want, trace.settings("c:1"))
			}
		}
		require.True(t, found, name)
	}
}

func TestCollector(t *testing.T) {
	t.Parallel()
	post := func(c *collector) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.address+"/v1/traces", strings.NewReader("spans"))
		require.NoError(t, err)
		return http.DefaultClient.Do(req)
	}
	c, err := newCollector(t.Context(), false)
	require.NoError(t, err)
	resp, err := post(c)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.EqualValues(t, 1, c.requests.Load())
	require.EqualValues(t, len("spans"), c.bytes.Load())
	require.ErrorContains(t, requireClosed(t.Context(), c.address), "there is a service at "+c.address)
	require.NoError(t, c.close())
	require.NoError(t, requireClosed(t.Context(), c.address))

	hanging, err := newCollector(t.Context(), true)
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() {
		resp, err := post(hanging)
		if err == nil {
			_ = resp.Body.Close()
		}
		failed <- err
	}()
	require.Eventually(t, func() bool { return hanging.requests.Load() == 1 }, 10*time.Second, time.Millisecond)
	require.Empty(t, failed, "it does not answer")
	require.NoError(t, hanging.close())
	require.Error(t, <-failed)
}
