package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// worldEvents are published while things fail.
	worldEvents = 40
	// trouble is how long they do.
	trouble = 40 * time.Second
	// healing is enough for every wait that trouble may have left.
	healing = 90 * time.Second
	// gatewaysAtOnce run beside each other.
	gatewaysAtOnce = 3
)

// Engines runs real gateways on a database in a bubble of its own, has them fail
// in every way, and returns what is not as it should be when all is well again.
// open is called in the bubble. The seed decides what fails.
func Engines(t *testing.T, open func(t *testing.T) *Bench, f *Fault, seed uint64) (found error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		w, err := newWorld(ctx, open(t), f, seed)
		if err != nil {
			found = err
			return
		}
		w.live()
		found = w.judge()
		cancel()
		w.each((*gateway).kill)
		w.running.Wait()
	})
	return found
}

// live lets events be published while gateways come and go, until all is done.
func (w *world) live() {
	for i := range worldEvents {
		w.running.Go(func() {
			w.wait(w.dice.upTo(trouble))
			w.publish(fmt.Sprint(i))
		})
	}
	for begin := time.Now(); time.Since(begin) < trouble; {
		w.replace()
		w.harm()
		w.wait(w.dice.upTo(3 * time.Second))
	}
	w.well.Store(true)
	w.each(func(g *gateway) { g.store.away.Store(false) })
	for begin := time.Now(); time.Since(begin) < healing && !w.quiet(); {
		w.replace()
		w.wait(time.Second)
	}
}

// replace starts gateways for those that have ended.
func (w *world) replace() {
	w.mu.Lock()
	w.gateways = slices.DeleteFunc(w.gateways, (*gateway).over)
	n := len(w.gateways)
	w.mu.Unlock()
	for ; n < gatewaysAtOnce; n++ {
		if g := w.startGateway(); g != nil {
			w.mu.Lock()
			w.gateways = append(w.gateways, g)
			w.mu.Unlock()
		}
	}
}

// harm does something to a gateway.
func (w *world) harm() {
	g := w.anyGateway()
	switch {
	case g == nil:
	case w.dice.oneIn(3):
		g.kill()
	case w.dice.oneIn(4):
		g.release()
	case w.dice.oneIn(2):
		g.store.away.Store(!g.store.away.Load())
	}
}

func (w *world) each(do func(*gateway)) {
	w.mu.Lock()
	all := slices.Clone(w.gateways)
	w.mu.Unlock()
	for _, g := range all {
		do(g)
	}
}

// quiet tells that nothing is left to do.
func (w *world) quiet() bool {
	w.mu.Lock()
	acked := len(w.acked)
	w.mu.Unlock()
	now, err := read(w.bench.DB)
	if err != nil || acked < worldEvents || len(now.marks) > 0 {
		return false
	}
	for _, d := range now.rows {
		if !delivery.Final(d.status) {
			return false
		}
	}
	return true
}

// judge looks whether what is promised came true.
func (w *world) judge() error {
	now, err := read(w.bench.DB)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	errs := w.errs
	if len(w.acked) < worldEvents {
		errs = append(errs, fmt.Errorf("%d of %d events were acknowledged", len(w.acked), worldEvents))
	}
	for k := range now.marks {
		errs = append(errs, fmt.Errorf("promise: event %s is pending for ever", k))
	}
	for k := range w.acked {
		for _, s := range w.subs {
			if _, there := now.rows[delivery.NewID(k, s)]; !there {
				errs = append(errs, fmt.Errorf("promise: event %s never reaches %s", k, s))
			}
		}
	}
	if want := len(now.events) * len(w.subs); len(now.rows) != want {
		errs = append(errs, fmt.Errorf("promise: %d deliveries of %d", len(now.rows), want))
	}
	for k, d := range now.rows {
		errs = append(errs, w.judgeOne(now, k, d))
	}
	return errors.Join(errs...)
}

func (w *world) judgeOne(now *state, k uuid.UUID, d row) error {
	attempts := 0
	for n := range now.attempts {
		if n.delivery == k {
			attempts++
		}
	}
	switch {
	case !delivery.Final(d.status):
		return fmt.Errorf("promise: delivery %s stays %s: %+v", k, d.status, d)
	case w.cancelled[k] && d.status != sdk.DeliveryCancelled:
		return fmt.Errorf("promise: delivery %s was cancelled, and is %s", k, d.status)
	case d.status == sdk.DeliveryDelivered && !w.taken[k.String()]:
		return fmt.Errorf("promise: delivery %s was delivered to nobody", k)
	case attempts != d.count:
		return fmt.Errorf("promise: delivery %s had %d attempts, %d are recorded", k, d.count, attempts)
	}
	return nil
}
