package wire

import (
	"fmt"

	grpcencoding "google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// codec is protocol buffers as gRPC has them, on buffers of this package's pool.
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
	b := buffers.Get(proto.Size(m))
	// The size that was just counted still holds.
	if _, err := (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend((*b)[:0], m); err != nil {
		buffers.Put(b)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(b, buffers)}, nil
}

// Unmarshal implements [grpcencoding.CodecV2].
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("a message of type %T is no protocol buffer", v)
	}
	b := data.MaterializeToBuffer(buffers)
	defer b.Free()
	return proto.Unmarshal(b.ReadOnlyData(), m)
}
