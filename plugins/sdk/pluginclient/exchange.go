package pluginclient

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// MaxEngineCalls run at a time for one request.
	MaxEngineCalls = 16
	// mostEngineCalls may be made for one request.
	mostEngineCalls = 10_000
)

// exchange is the conversation of one Handle stream.
type exchange struct {
	stream adapterv1.Adapter_HandleClient
	engine sdk.Engine
	log    *slog.Logger

	sending sync.Mutex // a stream takes one sender at a time
	running sync.WaitGroup
	slots   chan struct{}
	seen    map[uint64]struct{}
}

func newExchange(stream adapterv1.Adapter_HandleClient, engine sdk.Engine, log *slog.Logger) *exchange {
	return &exchange{
		stream: stream, engine: engine, log: log,
		slots: make(chan struct{}, MaxEngineCalls), seen: map[uint64]struct{}{},
	}
}

// run reads until the response.
func (x *exchange) run(ctx context.Context) (*sdk.Response, error) {
	for {
		m, err := x.stream.Recv()
		if err != nil {
			return nil, err
		}
		switch message := m.GetMessage().(type) {
		case *adapterv1.HandleResponse_Call:
			if err := x.start(ctx, message.Call); err != nil {
				return nil, err
			}
		case *adapterv1.HandleResponse_Response:
			if message.Response == nil {
				return nil, badReply("an empty response")
			}
			return sdk.ResponseFromProto(message.Response), nil
		default:
			return nil, badReply("a message that is neither an engine call nor a response")
		}
	}
}

// start makes one engine call in a goroutine of its own.
func (x *exchange) start(ctx context.Context, call *adapterv1.EngineCall) error {
	if call.GetCall() == nil {
		return badReply("an engine call that the gateway does not know")
	}
	if _, twice := x.seen[call.GetId()]; twice {
		return badReply("two engine calls with id %d", call.GetId())
	}
	if len(x.seen) == mostEngineCalls {
		return badReply("more than %d engine calls for one request", mostEngineCalls)
	}
	x.seen[call.GetId()] = struct{}{}
	select {
	case x.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	x.running.Go(func() {
		defer func() { <-x.slots }()
		x.reply(x.call(ctx, call))
	})
	return nil
}

// call asks the engine. A panic of the engine is not the plugin's to see.
func (x *exchange) call(ctx context.Context, call *adapterv1.EngineCall) (reply *adapterv1.EngineReply) {
	defer func() {
		if p := recover(); p != nil {
			x.log.ErrorContext(ctx, "engine call panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			reply = errorReply(sdk.Errorf(sdk.CodeInternal, "Internal error"))
		}
		reply.Id = call.GetId()
	}()
	reply, err := callEngine(ctx, x.engine, call)
	if err != nil {
		e := sdk.AsError(err)
		if e.Code == sdk.CodeInternal {
			x.log.ErrorContext(ctx, "engine call failed", slog.String("call", fmt.Sprintf("%T", call.GetCall())), slog.Any("error", err))
		}
		return errorReply(e)
	}
	return reply
}

// reply sends; a stream that has ended does not want it any more, and Recv knows why.
func (x *exchange) reply(r *adapterv1.EngineReply) {
	x.sending.Lock()
	defer x.sending.Unlock()
	_ = x.stream.Send(&adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Reply{Reply: r}})
}

// wait returns when no engine call runs any more.
func (x *exchange) wait() { x.running.Wait() }

func errorReply(e *sdk.Error) *adapterv1.EngineReply {
	return &adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Error{Error: e.Proto()}}
}
