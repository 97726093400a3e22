package conformance

import (
	"context"
	"fmt"
	"time"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// brokenStreams opens Handle streams as no gateway does.
func (k *kit) brokenStreams(ctx context.Context, r *recorder) {
	reply := &adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Reply{Reply: &adapterv1.EngineReply{Id: 7}}}
	request := &adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{Request: &adapterv1.APIRequest{
		Method: "GET", Path: "/conformance/no/such/path",
	}}}
	noRequest := &adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{}}
	streams := map[string][]*adapterv1.HandleRequest{
		"a stream without a message":              {},
		"a stream that begins with nothing":       {{}},
		"a stream whose request is empty":         {noRequest},
		"a stream that begins with a reply":       {reply},
		"a stream with two requests":              {request, request},
		"a stream with replies to calls not made": {request, reply, reply, {}},
	}
	for _, what := range sortedKeys(streams) {
		k.stream(ctx, r, what, streams[what])
		k.alive(ctx, r, what)
	}
	for _, x := range k.answered {
		k.cancelled(ctx, r, x)
	}
	k.settle(ctx, r, "a request that was cancelled")
}

// stream sends messages and reads to the end, which must come.
func (k *kit) stream(ctx context.Context, r *recorder, what string, messages []*adapterv1.HandleRequest) {
	if k.plugin == nil {
		return
	}
	r.cases(1)
	callCtx, cancel := context.WithTimeout(ctx, k.o.CallTimeout)
	defer cancel()
	stream, err := k.plugin.Client().Handle(callCtx)
	for _, m := range messages {
		if err == nil {
			err = stream.Send(m)
		}
	}
	if err == nil {
		err = stream.CloseSend()
	}
	for err == nil {
		_, err = stream.Recv() // a status, or the end after a response
	}
	if callCtx.Err() != nil && ctx.Err() == nil {
		r.add(what, "end the stream when its messages are not those of the contract", "the stream does not end within %s", k.o.CallTimeout)
	}
}

// cancelled ends a request while the adapter waits for the engine.
func (k *kit) cancelled(ctx context.Context, r *recorder, x exchanged) {
	if k.plugin == nil {
		return
	}
	engine := watch(k.empty().engine)
	engine.blocked = true
	callCtx, cancel := context.WithTimeout(ctx, k.o.CallTimeout)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = pluginclient.Handle(callCtx, k.plugin.Client(), x.request.api(), engine, k.o.Logger)
	}()
	select {
	case <-engine.entered:
		r.cases(1)
		cancel()
		<-ended
		k.alive(ctx, r, x.request.String()+", cancelled")
	case <-ended: // an operation that does not ask the engine
	}
}

// settleTime is how long a process may take to end of what it was asked last.
const settleTime = 250 * time.Millisecond

// settle waits a moment for a process that ends when its caller has gone.
func (k *kit) settle(ctx context.Context, r *recorder, after string) {
	if k.plugin == nil {
		return
	}
	watchCtx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := k.plugin.Watch(watchCtx); err != nil && watchCtx.Err() == nil {
		k.revive(ctx, r, after)
	}
}

// alive makes sure that the process answers still.
func (k *kit) alive(ctx context.Context, r *recorder, after string) {
	_, err := k.ask(ctx, pluginclient.APIRequest{
		Method: "GET", Path: "/", Failure: sdk.Errorf(sdk.CodeNotFound, "There is no such path"),
	}, sdk.RefuseCalls(sdk.Errorf(sdk.CodeDenied, "Nobody is authenticated")))
	if err != nil && !lost(err) {
		err = fmt.Errorf("the next request is not answered: %w", err)
	}
	k.judge(ctx, r, after, err)
}
