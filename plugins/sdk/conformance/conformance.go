// Package conformance checks an adapter's binary from outside, as the gateway
// would use it. It needs the path alone:
//
//	func TestConformance(t *testing.T) {
//		conformance.Run(t, conformance.Options{Path: "./acme-adapter"})
//	}
//
// The kit starts the real process, plays the gateway with an engine in memory
// that keeps the rules of the manifest, and takes everything else it needs from
// the manifest and its OpenAPI document: requests are built from the document's
// examples and schemas, answers are held against it, and every event of the
// catalogue is rendered. Each finding names the operation, event type or field at
// fault and the remedy.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// check is one of the kit's checks.
type check struct {
	name, about string
	run         func(ctx context.Context, k *kit, r *recorder)
}

// checks in their order. The first two must pass for the others to mean anything.
var checks = []check{
	{"start", "the process starts, shakes hands and describes itself", checkStart},
	{"manifest", "the gateway accepts the manifest and its document", checkManifest},
	{"operations", "every operation is served, with the answers that the document describes", checkOperations},
	{"ids", "answers show subscription ids in the form of the manifest", checkIDs},
	{"errors", "every failure is answered in the vendor's envelope", checkErrors},
	{"limits", "concurrent creates leave as many subscriptions as the manifest allows", checkLimits},
	{"names", "of concurrent creates with one name, one succeeds", checkNames},
	{"render", "every event type is rendered, canonical and verbatim, always the same", checkRender},
	{"signature", "signatures depend on the secret, and on the time where they carry one", checkSignature},
	{"malformed", "malformed calls are refused, and the process goes on", checkMalformed},
}

// fundamental is how many of the checks the others stand on.
const fundamental = 2

// Check checks the adapter and reports. The error is about the options, or ctx's
// own; what is wrong with the adapter is in the report.
func Check(ctx context.Context, o Options) (*Report, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	k := &kit{o: o}
	defer func() { _ = k.stop() }() // how it ends says nothing any more
	report := &Report{}
	for i, c := range checks {
		result := k.check(ctx, c, i >= fundamental && !k.usable || i > 0 && k.plugin == nil)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("the check %s was interrupted: %w", c.name, ctx.Err())
		}
		report.Results = append(report.Results, result)
		report.Provider, report.Version = k.manifest.Provider, k.manifest.Version
		if o.OnResult != nil {
			o.OnResult(result)
		}
	}
	return report, nil
}

// check runs one check and times it.
func (k *kit) check(ctx context.Context, c check, hopeless bool) Result {
	r := newRecorder(c)
	began := time.Now()
	reason, skipped := k.o.Skip[c.name]
	switch {
	case skipped:
		r.skip("as asked: %s", reason)
	case hopeless:
		r.skip("an earlier check failed that this one stands on")
	default:
		c.run(ctx, k, r)
	}
	r.result.Took = time.Since(began)
	return r.result
}

// names of the checks, in their order.
func names() []string {
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = c.name
	}
	return out
}

var errNoPath = errors.New("path: must name the adapter's binary")
