package conformance

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

const (
	// defaultCallTimeout bounds one call to the plugin. The gateway waits longer, but
	// no adapter does I/O, so that an answer takes milliseconds.
	defaultCallTimeout = 10 * time.Second
	// patience is how many calls may go unanswered before no more are made.
	patience = 5
)

// kit is one run: the plugin, and what the checks have learned of it.
type kit struct {
	o Options
	// hung counts the calls that were not answered in time.
	hung atomic.Int32

	plugin   *pluginclient.Plugin
	manifest sdk.Manifest
	doc      *openapi3.T
	// usable: the manifest is good enough for the other checks.
	usable bool
	// url of the subscriber that subscriptions are made with.
	url string

	operations []*operation
	// creators are requests that made a subscription in an empty account.
	creators []creator
	// answered are the successful answers of the operations.
	answered []exchanged
}

// launch starts the process and has it describe itself.
func (k *kit) launch(ctx context.Context) error {
	plugin, err := pluginclient.Start(ctx, pluginclient.Options{
		Command: exec.Command(k.o.Path, k.o.Args...), //nolint:noctx // ended by stop
		Env:     k.o.Env, Log: k.o.Logger,
	})
	if err != nil {
		return err
	}
	k.plugin = plugin
	settings := make(map[string]string, len(k.o.Settings))
	for name, value := range k.o.Settings {
		settings[name] = value.Reveal()
	}
	ctx, cancel := context.WithTimeout(ctx, k.o.CallTimeout)
	defer cancel()
	reply, err := plugin.Client().Describe(ctx, &adapterv1.DescribeRequest{GatewayVersion: "conformance", Settings: settings})
	switch {
	case err != nil:
		err = fmt.Errorf("the plugin does not describe itself: %s", status.Convert(err).Message())
	case reply.GetManifest() == nil:
		err = errors.New("the plugin describes itself without a manifest")
	default:
		k.manifest = sdk.ManifestFromProto(reply.GetManifest())
		return nil
	}
	if exit := k.stop(); exit != nil {
		err = fmt.Errorf("%w (%w)", err, exit)
	}
	return err
}

// stop ends the process, should one run, and tells how it ended.
func (k *kit) stop() error {
	if k.plugin == nil {
		return nil
	}
	exit := k.plugin.Stop()
	k.plugin = nil
	return exit
}

const remedyCrash = "no input may end the process: find the panic or exit in the log of the adapter (errors are returned, goroutines recover)"

// revive starts a plugin again that has ended, after saying so.
func (k *kit) revive(ctx context.Context, r *recorder, subject string) {
	if k.plugin == nil {
		return
	}
	exit := k.stop()
	if exit == nil {
		exit = errors.New("the connection was lost")
	}
	r.add(subject, remedyCrash, "the process ended: %v", exit)
	if err := k.launch(ctx); err != nil {
		r.add("process", "see the log of the adapter", "it does not start again: %v", err)
		k.usable = false
	}
}

var errEnded = status.Error(codes.Unavailable, "the process has ended")

// lost tells whether a call failed because the process has ended.
func lost(err error) bool { return status.Code(err) == codes.Unavailable }

var errHangs = fmt.Errorf("not asked any more: %d calls before were not answered", patience)

// timely is err, or that the call took too long; ctx is the call's own.
func (k *kit) timely(ctx context.Context, err error) error {
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	k.hung.Add(1)
	return fmt.Errorf("no answer within %s", k.o.CallTimeout)
}

// ask makes one Handle call, as the gateway does.
func (k *kit) ask(ctx context.Context, req pluginclient.APIRequest, engine sdk.Engine) (*sdk.Response, error) {
	if k.plugin == nil {
		return nil, errEnded
	}
	if k.hung.Load() >= patience {
		return nil, errHangs
	}
	ctx, cancel := context.WithTimeout(ctx, k.o.CallTimeout)
	defer cancel()
	resp, err := pluginclient.Handle(ctx, k.plugin.Client(), req, engine, k.o.Logger)
	return resp, k.timely(ctx, err)
}

// handle is ask for calls that must be answered: ok is false, and a finding is
// recorded, where this one is not.
func (k *kit) handle(ctx context.Context, r *recorder, subject string, req pluginclient.APIRequest, engine sdk.Engine) (resp *sdk.Response, ok bool) {
	r.cases(1)
	resp, err := k.ask(ctx, req, engine)
	k.judge(ctx, r, subject, err)
	return resp, err == nil
}

// judge records why a call that must be answered was not.
func (k *kit) judge(ctx context.Context, r *recorder, subject string, err error) {
	switch {
	case err == nil, ctx.Err() != nil:
	case lost(err):
		k.revive(ctx, r, subject)
	default:
		r.add(subject, "answer every Handle stream with one HTTP response", "%v", err)
	}
}

// renderBatch makes one Render call.
func (k *kit) renderBatch(ctx context.Context, ds []pluginclient.Delivery) ([]pluginclient.Result, error) {
	if k.plugin == nil {
		return nil, errEnded
	}
	if k.hung.Load() >= patience {
		return nil, errHangs
	}
	ctx, cancel := context.WithTimeout(ctx, k.o.CallTimeout)
	defer cancel()
	results, err := pluginclient.Render(ctx, k.plugin.Client(), ds)
	return results, k.timely(ctx, err)
}

// render is renderBatch for calls that must be answered: ok is false, and a
// finding is recorded, where this one is not.
func (k *kit) render(ctx context.Context, r *recorder, subject string, ds []pluginclient.Delivery) (results []pluginclient.Result, ok bool) {
	r.cases(len(ds))
	results, err := k.renderBatch(ctx, ds)
	switch {
	case err == nil:
		return results, true
	case ctx.Err() != nil:
	case lost(err):
		k.revive(ctx, r, subject)
	default:
		r.add(subject, "answer one result a delivery, in their order", "%v", err)
	}
	return nil, false
}
