package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

func TestRequestsAreWrittenForTheLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { requireWritten(t, genRequest(t)) })
	requireWritten(t, fullRequest())
	requireWritten(t, &adapterv1.RenderRequest{Deliveries: []*adapterv1.RenderDelivery{{}, nil, {AttemptTime: &timestamppb.Timestamp{}}}})
}

func TestResponsesAreWrittenForTheLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := genResponse(t)
		if rapid.Bool().Draw(t, "error") {
			m.Results = append(m.Results, &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Error{
				Error: &adapterv1.Error{Code: adapterv1.Error_CODE_INVALID, Message: text(t)},
			}})
		}
		requireWritten(t, m)
	})
	requireWritten(t, fullResponse())
	requireWritten(t, &adapterv1.RenderResponse{Results: []*adapterv1.RenderResult{{}, {Result: &adapterv1.RenderResult_Request{}}}})
}

// requireWritten holds that the codec writes m without the library's help, that
// the library reads it back, and that the codec does.
func requireWritten(t require.TestingT, m proto.Message) {
	size, write := 0, func(*encoding) {}
	switch m := m.(type) {
	case *adapterv1.RenderRequest:
		size, write = requestSize(m), func(e *encoding) { e.request(m) }
	case *adapterv1.RenderResponse:
		size, write = responseSize(m), func(e *encoding) { e.response(m) }
	}
	data, ok := marshalBatch(size, write)
	require.True(t, ok)
	out := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.Unmarshal(data.Materialize(), out))
	wire, err := proto.Marshal(m) // makes nil elements empty ones
	require.NoError(t, err)
	want := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.Unmarshal(wire, want))
	require.True(t, proto.Equal(want, out), "%v\n%v", want, out)
	require.NoError(t, codec{}.Unmarshal(data, out))
	require.True(t, proto.Equal(want, out), "%v\n%v", want, out)
	data.Free()
}

func TestTextThatIsNotUTF8IsTheLibrarysError(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]proto.Message{
		"delivery": &adapterv1.RenderRequest{Deliveries: []*adapterv1.RenderDelivery{{Id: "\xff"}}},
		"event":    &adapterv1.RenderRequest{Events: []*adapterv1.Event{{Id: "\xff"}}},
		"header": &adapterv1.RenderResponse{Results: []*adapterv1.RenderResult{
			{Result: &adapterv1.RenderResult_Request{Request: &adapterv1.RenderedRequest{Headers: []*adapterv1.Header{{Value: "\xff"}}}}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := codec{}.Marshal(m)
			require.ErrorContains(t, err, "UTF-8")
		})
	}
}

// TestNoFieldIsForgotten fails when the contract gets a field that the encoding
// does not write: write it, then list it here.
func TestNoFieldIsForgotten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message proto.Message
		fields  []string
	}{
		{&adapterv1.RenderRequest{}, []string{"events", "subscriptions", "deliveries"}},
		{&adapterv1.RenderDelivery{}, []string{"id", "event", "subscription", "event_type", "verbatim", "attempt", "attempt_time", "traceparent"}},
		{&adapterv1.RenderResponse{}, []string{"bodies", "results"}},
		{&adapterv1.RenderResult{}, []string{"request", "error"}},
		{&adapterv1.RenderedRequest{}, []string{"method", "url", "headers", "body"}},
		{&adapterv1.Header{}, []string{"name", "value"}},
	} {
		var fields []string
		all := test.message.ProtoReflect().Descriptor().Fields()
		for i := range all.Len() {
			fields = append(fields, string(all.Get(i).Name()))
		}
		require.Equal(t, test.fields, fields, "%T", test.message)
	}
}
