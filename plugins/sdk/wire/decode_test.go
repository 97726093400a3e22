package wire

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

func TestRequestsAreReadAsTheLibraryReadsThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := genRequest(t)
		message, err := proto.Marshal(in)
		require.NoError(t, err)
		var out adapterv1.RenderRequest
		require.True(t, decodeRequest(message, &out))
		require.True(t, proto.Equal(in, &out), "%v\n%v", in, &out)
	})
}

func TestResponsesAreReadAsTheLibraryReadsThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := genResponse(t)
		message, err := proto.Marshal(in)
		require.NoError(t, err)
		var out adapterv1.RenderResponse
		require.True(t, decodeResponse(message, &out))
		clear(message) // which goes back to the pool
		require.True(t, proto.Equal(in, &out), "%v\n%v", in, &out)
	})
}

// FuzzRequest and FuzzResponse: what is read at all is what the library reads.
func FuzzRequest(f *testing.F) {
	seed(f, fullRequest(), &adapterv1.RenderRequest{})
	f.Fuzz(func(t *testing.T, message []byte) {
		var got, want adapterv1.RenderRequest
		if decodeRequest(message, &got) {
			require.NoError(t, proto.Unmarshal(message, &want))
			require.True(t, proto.Equal(&want, &got))
		}
	})
}

func FuzzResponse(f *testing.F) {
	seed(f, fullResponse(), &adapterv1.RenderResponse{})
	f.Fuzz(func(t *testing.T, message []byte) {
		var got, want adapterv1.RenderResponse
		if decodeResponse(message, &got) {
			require.NoError(t, proto.Unmarshal(message, &want))
			require.True(t, proto.Equal(&want, &got))
		}
	})
}

func seed(f *testing.F, ms ...proto.Message) {
	f.Helper()
	for _, m := range ms {
		message, err := proto.Marshal(m)
		require.NoError(f, err)
		f.Add(message)
		f.Add(append(message, message...))
	}
}

// TestUnusualMessagesAreLeftToTheLibrary: of every field that is not read here,
// those of a later version of the contract too, none is lost.
func TestUnusualMessagesAreLeftToTheLibrary(t *testing.T) {
	t.Parallel()
	later := protowire.AppendVarint(protowire.AppendTag(nil, 15, protowire.VarintType), 1)
	far := protowire.AppendVarint(protowire.AppendTag(nil, 1000, protowire.VarintType), 1)
	subscription := func(s *adapterv1.Subscription) *adapterv1.RenderRequest {
		return &adapterv1.RenderRequest{Subscriptions: []*adapterv1.Subscription{s}}
	}
	spec := func(s *adapterv1.SubscriptionSpec) *adapterv1.RenderRequest {
		return subscription(&adapterv1.Subscription{Spec: s})
	}
	parts := make([][]byte, maxParts+1)
	for name, m := range map[string]proto.Message{
		"no spec":         subscription(&adapterv1.Subscription{Id: "s"}),
		"disabled reason": subscription(&adapterv1.Subscription{DisabledReason: "r", Spec: &adapterv1.SubscriptionSpec{}}),
		"created":         subscription(&adapterv1.Subscription{CreatedAt: timestamppb.Now(), Spec: &adapterv1.SubscriptionSpec{}}),
		"event types":     spec(&adapterv1.SubscriptionSpec{EventTypes: []string{"t"}}),
		"filters":         spec(&adapterv1.SubscriptionSpec{Filters: []*adapterv1.Filter{{Key: "k"}}}),
		"no result":       &adapterv1.RenderResponse{Results: []*adapterv1.RenderResult{{}}},
		"error": &adapterv1.RenderResponse{Results: []*adapterv1.RenderResult{
			{Result: &adapterv1.RenderResult_Error{Error: &adapterv1.Error{Message: "m"}}},
		}},
		"many":           &adapterv1.RenderResponse{Bodies: parts},
		"later request":  with(&adapterv1.RenderRequest{}, later),
		"later event":    &adapterv1.RenderRequest{Events: []*adapterv1.Event{with(&adapterv1.Event{}, later)}},
		"far event":      &adapterv1.RenderRequest{Events: []*adapterv1.Event{with(&adapterv1.Event{}, far)}},
		"later time":     &adapterv1.RenderRequest{Events: []*adapterv1.Event{{Time: with(&timestamppb.Timestamp{}, later)}}},
		"later delivery": &adapterv1.RenderRequest{Deliveries: []*adapterv1.RenderDelivery{with(&adapterv1.RenderDelivery{}, later)}},
		"later response": with(&adapterv1.RenderResponse{}, later),
		"later result":   &adapterv1.RenderResponse{Results: []*adapterv1.RenderResult{with(&adapterv1.RenderResult{}, later)}},
		"later rendered": &adapterv1.RenderResponse{Results: []*adapterv1.RenderResult{
			{Result: &adapterv1.RenderResult_Request{Request: with(&adapterv1.RenderedRequest{}, later)}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message, err := proto.Marshal(m)
			require.NoError(t, err)
			out := m.ProtoReflect().New().Interface()
			require.NoError(t, codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer(message)}, out))
			require.True(t, proto.Equal(m, out), "%v\n%v", m, out)
		})
	}
}

func with[M proto.Message](m M, unknown protoreflect.RawFields) M {
	m.ProtoReflect().SetUnknown(unknown)
	return m
}

func TestMalformedMessagesAreErrors(t *testing.T) {
	t.Parallel()
	for name, message := range map[string][]byte{
		"cut tag":      {0x80},
		"cut varint":   {1 << 3, 0x80},
		"cut bytes":    {1<<3 | 2, 5, 1},
		"not UTF-8":    {1<<3 | 2, 3, 1<<3 | 2, 1, 0xff},
		"open group":   {1<<3 | 3},
		"field zero":   {0, 1},
		"cut in event": {1<<3 | 2, 1, 0x80},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := mem.BufferSlice{mem.SliceBuffer(message)}
			require.Error(t, codec{}.Unmarshal(data, &adapterv1.RenderRequest{}))
		})
	}
	require.ErrorContains(t, codec{}.Unmarshal(nil, "text"), "string")
	_, err := codec{}.Marshal("text")
	require.ErrorContains(t, err, "string")
}

func TestMessagesOfAllSizesGoRound(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 100, 1 << 10, 40 << 10, 1<<20 + 1, 3 << 20} {
		in := &adapterv1.RenderResponse{Bodies: [][]byte{make([]byte, size)}}
		data, err := codec{}.Marshal(in)
		require.NoError(t, err)
		var out adapterv1.RenderResponse
		require.NoError(t, codec{}.Unmarshal(data, &out))
		data.Free()
		require.True(t, proto.Equal(in, &out))
	}
}

func genRequest(t *rapid.T) *adapterv1.RenderRequest {
	m := &adapterv1.RenderRequest{
		Events:        rapid.SliceOfN(rapid.Custom(genEvent), 0, 4).Draw(t, "events"),
		Subscriptions: rapid.SliceOfN(rapid.Custom(genSubscription), 0, 4).Draw(t, "subscriptions"),
	}
	times := rapid.SliceOfN(rapid.Custom(genTime), 1, 2).Draw(t, "times")
	for range rapid.IntRange(0, 5).Draw(t, "deliveries") {
		m.Deliveries = append(m.Deliveries, &adapterv1.RenderDelivery{
			Id: text(t), Event: rapid.Uint32().Draw(t, "event"), Subscription: rapid.Uint32().Draw(t, "subscription"),
			EventType: text(t), Verbatim: rapid.Bool().Draw(t, "verbatim"), Attempt: rapid.Uint32().Draw(t, "attempt"),
			AttemptTime: rapid.SampledFrom(times).Draw(t, "time"), Traceparent: text(t),
		})
	}
	return m
}

func genEvent(t *rapid.T) *adapterv1.Event {
	return &adapterv1.Event{
		Id: text(t), Source: text(t), Type: text(t), Subject: text(t), Time: genTime(t), DataContentType: text(t),
		DataSchema: text(t), Extensions: texts(t), Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
	}
}

func genSubscription(t *rapid.T) *adapterv1.Subscription {
	return &adapterv1.Subscription{Id: text(t), Namespace: text(t), Spec: &adapterv1.SubscriptionSpec{
		Name: text(t), Url: text(t), Secret: text(t), Headers: genHeaders(t),
		Enabled: rapid.Bool().Draw(t, "enabled"), Settings: texts(t),
	}}
}

func genResponse(t *rapid.T) *adapterv1.RenderResponse {
	m := &adapterv1.RenderResponse{Bodies: rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "bodies")}
	for range rapid.IntRange(0, 5).Draw(t, "results") {
		m.Results = append(m.Results, &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Request{
			Request: &adapterv1.RenderedRequest{
				Method: text(t), Url: text(t), Headers: genHeaders(t), Body: rapid.Uint32().Draw(t, "body"),
			},
		}})
	}
	return m
}

func genHeaders(t *rapid.T) []*adapterv1.Header {
	var out []*adapterv1.Header
	for name, value := range texts(t) {
		out = append(out, &adapterv1.Header{Name: name, Value: value})
	}
	return out
}

func genTime(t *rapid.T) *timestamppb.Timestamp {
	if rapid.Bool().Draw(t, "absent") {
		return nil
	}
	return &timestamppb.Timestamp{Seconds: rapid.Int64().Draw(t, "seconds"), Nanos: rapid.Int32().Draw(t, "nanos")}
}

func text(t *rapid.T) string { return rapid.String().Draw(t, "text") }

func texts(t *rapid.T) map[string]string {
	return maps.Clone(rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "texts"))
}

func fullRequest() *adapterv1.RenderRequest {
	at := &timestamppb.Timestamp{Seconds: -1, Nanos: 5}
	return &adapterv1.RenderRequest{
		Events: []*adapterv1.Event{{
			Id: "e", Source: "/s", Type: "t", Subject: "x", Time: at, DataContentType: "text/plain", DataSchema: "d",
			Extensions: map[string]string{"k": "v"}, Data: []byte{0, 0xff},
		}},
		Subscriptions: []*adapterv1.Subscription{{Id: "s", Namespace: "n", Spec: &adapterv1.SubscriptionSpec{
			Name: "n", Url: "https://a.example", Secret: "s", Headers: []*adapterv1.Header{{Name: "A", Value: "b"}},
			Enabled: true, Settings: map[string]string{"k": "v"},
		}}},
		Deliveries: []*adapterv1.RenderDelivery{
			{Id: "d", EventType: "t", Verbatim: true, Attempt: 1, AttemptTime: at, Traceparent: "00"},
			{Id: "d", Event: 1 << 31, Subscription: 300, AttemptTime: at},
		},
	}
}

func fullResponse() *adapterv1.RenderResponse {
	return &adapterv1.RenderResponse{
		Bodies: [][]byte{{}, []byte("b")},
		Results: []*adapterv1.RenderResult{
			{Result: &adapterv1.RenderResult_Request{Request: &adapterv1.RenderedRequest{
				Method: "POST", Url: "https://a.example", Headers: []*adapterv1.Header{{Name: "A", Value: "b"}, {}}, Body: 1,
			}}},
			{Result: &adapterv1.RenderResult_Request{Request: &adapterv1.RenderedRequest{}}},
		},
	}
}
