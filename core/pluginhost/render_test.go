package pluginhost

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// renders makes a plugin with one answer.
func renders(out *adapterv1.RenderResponse, err error) *fakePlugin {
	return &fakePlugin{render: func(*adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) { return out, err }}
}

func rendered(r *adapterv1.RenderedRequest) *adapterv1.RenderResult {
	return &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Request{Request: r}}
}

// good is a rendered request that is allowed.
func good() *adapterv1.RenderedRequest {
	return &adapterv1.RenderedRequest{Method: "POST", Url: "https://a.example/hook"}
}

func TestBadlyRenderedDeliveriesFailAlone(t *testing.T) {
	t.Parallel()
	with := func(change func(r *adapterv1.RenderedRequest)) *adapterv1.RenderResult {
		r := good()
		change(r)
		return rendered(r)
	}
	url := func(u string) *adapterv1.RenderResult {
		return with(func(r *adapterv1.RenderedRequest) { r.Url = u })
	}
	header := func(name, value string) *adapterv1.RenderResult {
		return with(func(r *adapterv1.RenderedRequest) { r.Headers = []*adapterv1.Header{{Name: name, Value: value}} })
	}
	tests := map[string]struct {
		result *adapterv1.RenderResult
		want   string
	}{
		"nothing":       {&adapterv1.RenderResult{}, "neither a request nor an error"},
		"nil":           {nil, "neither a request nor an error"},
		"nil request":   {rendered(nil), `method ""`},
		"method":        {with(func(r *adapterv1.RenderedRequest) { r.Method = "DELETE" }), `method "DELETE"`},
		"body index":    {with(func(r *adapterv1.RenderedRequest) { r.Body = 2 }), "body 2 of 2"},
		"no URL":        {url(""), "another scheme, host or port"},
		"bad URL":       {url("https://a.example/%zz"), "cannot be parsed"},
		"long URL":      {url("https://a.example/" + strings.Repeat("x", pluginclient.MaxURL)), "a URL of"},
		"scheme":        {url("http://a.example/hook"), "another scheme, host or port"},
		"host":          {url("https://b.example/hook"), "another scheme, host or port"},
		"port":          {url("https://a.example:444/hook"), "another scheme, host or port"},
		"opaque":        {url("https:a.example"), "another scheme, host or port"},
		"user":          {url("https://u:p@a.example/hook"), "another user part"},
		"host by user":  {url("https://a.example@b.example/hook"), "another scheme, host or port"},
		"large body":    {with(func(r *adapterv1.RenderedRequest) { r.Body = 1 }), "a body of"},
		"header name":   {header("a b", ""), `header name "a b"`},
		"header value":  {header("A", "secret\n"), "value of header A is not valid"},
		"host header":   {header("Host", "x"), "header Host is not the adapter's"},
		"length":        {header("content-length", "1"), "header content-length"},
		"encoding":      {header("Transfer-Encoding", "chunked"), "header Transfer-Encoding"},
		"connection":    {header("Connection", "close"), "header Connection"},
		"trace":         {header("Traceparent", "00"), "header Traceparent"},
		"trace state":   {header("tracestate", "a=b"), "header tracestate"},
		"baggage":       {header("baggage", "a=b"), "header baggage"},
		"nil header":    {with(func(r *adapterv1.RenderedRequest) { r.Headers = []*adapterv1.Header{nil} }), `header name ""`},
		"adapter error": {&adapterv1.RenderResult{Result: &adapterv1.RenderResult_Error{Error: sdk.Errorf(sdk.CodeInvalid, "No phone").Proto()}}, "No phone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok := good()
			h, _ := fakeHost(t, renders(&adapterv1.RenderResponse{
				Bodies:  [][]byte{[]byte("fine"), make([]byte, pluginclient.MaxBody+1)},
				Results: []*adapterv1.RenderResult{rendered(ok), test.result},
			}, nil), Config{})
			got, err := h.Render(t.Context(), "test", deliveries(2))
			require.NoError(t, err)
			require.Equal(t, "fine", string(got[0].Request.Body))
			require.Nil(t, got[0].Err)
			require.Nil(t, got[1].Request)
			require.Contains(t, got[1].Err.Message, test.want)
			require.NotContains(t, got[1].Err.Message, "secret")
			if name != "adapter error" {
				require.Equal(t, sdk.CodeInternal, got[1].Err.Code)
				require.Contains(t, got[1].Err.Message, "The adapter rendered t")
			}
		})
	}
}

func TestRenderedURLsMayDifferInTheirPath(t *testing.T) {
	t.Parallel()
	for _, test := range [][2]string{
		{"https://a.example/hook", "https://A.EXAMPLE:443/other?x=1"},
		{"http://a.example:80", "http://a.example/"},
		{"https://u:p@a.example/x", "https://u:p@a.example/y"},
		{"https://[::1]:8443/x", "https://[::1]:8443/y"},
	} {
		r := good()
		r.Url = test[1]
		h, _ := fakeHost(t, renders(&adapterv1.RenderResponse{Bodies: [][]byte{nil}, Results: []*adapterv1.RenderResult{rendered(r)}}, nil), Config{})
		ds := deliveries(1)
		ds[0].Subscription.URL = test[0]
		got, err := h.Render(t.Context(), "test", ds)
		require.NoError(t, err)
		require.Nil(t, got[0].Err, "%s", test)
		require.Equal(t, test[1], got[0].Request.URL)
	}
}

func TestRenderRefusesAReplyOfAnotherLength(t *testing.T) {
	t.Parallel()
	for _, out := range []*adapterv1.RenderResponse{{}, {Results: make([]*adapterv1.RenderResult, 3)}} {
		for i := range out.Results {
			out.Results[i] = &adapterv1.RenderResult{}
		}
		h, logs := fakeHost(t, renders(out, nil), Config{})
		_, err := h.Render(t.Context(), "test", deliveries(2))
		require.ErrorIs(t, err, ErrBadReply)
		require.Contains(t, logs.String(), "plugin failed to render")
	}
	h, _ := fakeHost(t, renders(nil, status.Error(codes.InvalidArgument, "what")), Config{})
	_, err := h.Render(t.Context(), "test", deliveries(2))
	require.ErrorIs(t, err, ErrBadReply)
}

func TestRenderSendsWhatIsSharedOnce(t *testing.T) {
	t.Parallel()
	requests := make(chan *adapterv1.RenderRequest, 1)
	h, _ := fakeHost(t, &fakePlugin{render: func(in *adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
		requests <- in
		out := &adapterv1.RenderResponse{Bodies: [][]byte{[]byte("b")}}
		for range in.GetDeliveries() {
			out.Results = append(out.Results, rendered(good()))
		}
		return out, nil
	}}, Config{})
	ds := deliveries(4)
	other := deliveries(1)[0]
	ds[1].Event, ds[2].Subscription = other.Event, other.Subscription
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"
	ds[2].TraceParent = trace + "00"
	ds[3].Verbatim, ds[3].Attempt, ds[3].Time, ds[3].TraceParent = true, 5, time.Unix(2, 0), trace+"01"
	ds[3].Subscription.EventTypes = []string{"t"}
	got, err := h.Render(t.Context(), "test", ds)
	require.NoError(t, err)
	require.Len(t, got, 4)
	in := <-requests
	require.Len(t, in.GetEvents(), 2)
	require.Len(t, in.GetSubscriptions(), 2)
	var events, subs []uint32
	for _, d := range in.GetDeliveries() {
		events, subs = append(events, d.GetEvent()), append(subs, d.GetSubscription())
	}
	require.Equal(t, []uint32{0, 1, 0, 0}, events)
	require.Equal(t, []uint32{0, 0, 1, 0}, subs)
	last := in.GetDeliveries()[3]
	require.True(t, last.GetVerbatim())
	require.EqualValues(t, 5, last.GetAttempt())
	require.Equal(t, trace+"01", last.GetTraceparent())
	require.Empty(t, in.GetDeliveries()[2].GetTraceparent(), "what is not sampled has no span")
	require.Equal(t, time.Unix(2, 0).UTC(), last.GetAttemptTime().AsTime())
	require.Equal(t, time.Unix(1, 0).UTC(), in.GetDeliveries()[2].GetAttemptTime().AsTime())
	require.NotEmpty(t, in.GetSubscriptions()[0].GetSpec().GetUrl())
	require.Empty(t, in.GetSubscriptions()[0].GetSpec().GetEventTypes(), "patterns say nothing about rendering")
	require.Equal(t, "3", last.GetId())
}

func TestRenderHalvesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	h, _ := fakeHost(t, &fakePlugin{render: func(in *adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
		out := &adapterv1.RenderResponse{Bodies: [][]byte{[]byte("b")}}
		for _, d := range in.GetDeliveries() {
			if d.GetEventType() == "huge" {
				return nil, status.Error(codes.ResourceExhausted, "too large")
			}
			out.Results = append(out.Results, rendered(good()))
		}
		return out, nil
	}}, Config{})
	ds := deliveries(7)
	ds[4].EventType = "huge"
	got, err := h.Render(t.Context(), "test", ds)
	require.NoError(t, err)
	for i, r := range got {
		if i == 4 {
			require.Contains(t, r.Err.Message, "too large")
			continue
		}
		require.Nil(t, r.Err)
	}
}

func TestRenderCarriesTextThatIsNotUTF8AsAFailureOfItsDelivery(t *testing.T) {
	t.Parallel()
	h, _ := startHost(t, Plugin{})
	ds := deliveries(3)
	ds[1].EventType = "bad \xff"
	got, err := h.Render(t.Context(), "test", ds)
	require.NoError(t, err)
	require.NotNil(t, got[1].Err)
	require.NotNil(t, got[0].Request)
	require.NotNil(t, got[2].Request)
}

func TestRenderIsRepeatedOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	h, _ := fakeHost(t, &fakePlugin{render: func(*adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
		if calls++; calls == 2 {
			return &adapterv1.RenderResponse{Bodies: [][]byte{nil}, Results: []*adapterv1.RenderResult{rendered(good())}}, nil
		}
		return nil, status.Error(codes.Unavailable, "away")
	}}, Config{})
	_, err := h.Render(t.Context(), "test", deliveries(1))
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	_, err = h.Render(t.Context(), "test", deliveries(1))
	require.ErrorIs(t, err, ErrUnavailable)
	require.Equal(t, 4, calls)
}

func TestRenderNeedsEventsAndSubscriptions(t *testing.T) {
	t.Parallel()
	h, _ := fakeHost(t, &fakePlugin{}, Config{})
	_, err := h.Render(t.Context(), "test", []Delivery{{}})
	require.ErrorContains(t, err, "delivery 0 has no event")
	got, err := h.Render(t.Context(), "test", nil)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestRendersAreBounded(t *testing.T) {
	t.Parallel()
	inside, release := make(chan struct{}, 2*maxRenders), make(chan struct{})
	h, _ := fakeHost(t, &fakePlugin{render: func(*adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
		inside <- struct{}{}
		<-release
		return &adapterv1.RenderResponse{Bodies: [][]byte{nil}, Results: []*adapterv1.RenderResult{rendered(good())}}, nil
	}}, Config{})
	ended := make(chan error, 2*maxRenders)
	for range 2 * maxRenders {
		go func() { _, err := h.Render(t.Context(), "test", deliveries(1)); ended <- err }()
	}
	for range maxRenders {
		<-inside
	}
	require.Equal(t, maxRenders, len(h.supervisors["test"].renders)) //nolint:testifylint // Len reads a channel's memory
	require.Equal(t, 0, len(inside), "more calls than slots")        //nolint:testifylint // as above
	close(release)
	for range 2 * maxRenders {
		require.NoError(t, <-ended)
	}
}
