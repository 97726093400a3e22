package envelope_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

func TestSetHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err         *sdk.Error
		name, value string
	}{
		{&sdk.Error{Code: sdk.CodeMethodNotAllowed, Allow: []string{"GET", "POST"}}, "Allow", "GET, POST"},
		{&sdk.Error{Code: sdk.CodeRateLimited, RetryAfter: 1500 * time.Millisecond}, "Retry-After", "2"},
		{&sdk.Error{Code: sdk.CodeUnavailable}, "Retry-After", "1"},
		{&sdk.Error{Code: sdk.CodeUnauthenticated}, "Www-Authenticate", "Bearer"},
	} {
		h := http.Header{}
		envelope.SetHeaders(h, test.err)
		require.Equal(t, http.Header{test.name: {test.value}}, h)
	}
	h := http.Header{}
	envelope.SetHeaders(h, &sdk.Error{Code: sdk.CodeInvalid})
	require.Empty(t, h)
}

func TestSentence(t *testing.T) {
	t.Parallel()
	names := map[string]string{"event_types": "events"}
	for _, test := range []struct {
		fields []sdk.FieldError
		want   string
	}{
		{nil, "It failed"},
		{[]sdk.FieldError{{Field: "/url", Message: "is bad"}}, "url: is bad"},
		{[]sdk.FieldError{{Field: "/event_types/3", Message: "is bad"}}, "events[3]: is bad"},
		{[]sdk.FieldError{{Field: "/a~1b/c/0/event_types", Message: "is bad"}}, "a/b.c[0].event_types: is bad"},
		{[]sdk.FieldError{{In: "query", Field: "page", Message: "is bad"}, {Message: "is worse"}}, "page: is bad; is worse"},
	} {
		require.Equal(t, test.want, envelope.Sentence(&sdk.Error{Message: "It failed", Fields: test.fields}, names))
	}
}

func TestBadBody(t *testing.T) {
	t.Parallel()
	own := sdk.InvalidField("/url", "is bad")
	require.Same(t, own, envelope.BadBody(fmt.Errorf("wrapped: %w", own)))

	var shape struct {
		Inner struct {
			URL string `json:"url"`
		} `json:"inner"`
	}
	got := envelope.BadBody(json.Unmarshal([]byte(`{"inner":{"url":1}}`), &shape))
	require.Equal(t, sdk.CodeInvalid, got.Code)
	require.Len(t, got.Fields, 1)
	require.Equal(t, sdk.FieldError{In: "body", Field: "/inner/url", Message: "must not be a number"}, got.Fields[0])

	got = envelope.BadBody(errors.New("disk on fire"))
	require.Equal(t, sdk.ReasonMalformedBody, got.Reason)
	require.NotContains(t, got.Error(), "fire")
}
