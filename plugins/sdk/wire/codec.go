package wire

import (
	"fmt"

	grpcencoding "google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// codec is protocol buffers as gRPC has them, on buffers of this package's pool.
// The messages of Render, of which each is hundreds of small ones, it reads and
// writes itself as long as they hold nothing unusual.
type codec struct{}

var _ grpcencoding.CodecV2 = codec{}

// Name implements [grpcencoding.CodecV2].
func (codec) Name() string { return grpcproto.Name }

// Marshal implements [grpcencoding.CodecV2].
func (codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a message of type %T is no protocol buffer", v)
	}
	switch m := m.(type) {
	case *adapterv1.RenderRequest:
		if data, ok := marshalBatch(requestSize(m), func(e *encoding) { e.request(m) }); ok {
			return data, nil
		}
	case *adapterv1.RenderResponse:
		if data, ok := marshalBatch(responseSize(m), func(e *encoding) { e.response(m) }); ok {
			return data, nil
		}
	}
	size := proto.Size(m)
	b := buffers.Get(size)
	// The size that was just counted still holds.
	if _, err := (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend((*b)[:0], m); err != nil {
		buffers.Put(b)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(b, buffers)}, nil
}

// marshalBatch returns false where the library must say what is wrong.
func marshalBatch(size int, write func(*encoding)) (mem.BufferSlice, bool) {
	b := buffers.Get(size)
	e := encoding{out: (*b)[:0]}
	write(&e)
	if e.failed || len(e.out) != size {
		buffers.Put(b)
		return nil, false
	}
	return mem.BufferSlice{mem.NewBuffer(b, buffers)}, true
}

// Unmarshal implements [grpcencoding.CodecV2].
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("a message of type %T is no protocol buffer", v)
	}
	if batch, ok := m.(*adapterv1.RenderRequest); ok {
		message := data.Materialize() // kept by the batch
		if decodeRequest(message, batch) {
			return nil
		}
		return proto.Unmarshal(message, m)
	}
	b := data.MaterializeToBuffer(buffers)
	defer b.Free()
	message := b.ReadOnlyData()
	if batch, ok := m.(*adapterv1.RenderResponse); ok && decodeResponse(message, batch) {
		return nil
	}
	return proto.Unmarshal(message, m)
}
