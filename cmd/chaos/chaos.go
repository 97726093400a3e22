package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/databases"
	"github.com/switchhook/switchhook/cmd/internal/program"
)

// chaos is what the cases share.
type chaos struct {
	options
	*program.Ground
	stores   []*store
	progress *program.Progress
}

// store is one that the cases run on.
type store struct {
	name string
	*databases.Databases
	postgres bool
}

// execute runs the cases and reports them.
func execute(ctx context.Context, o options, out, progress io.Writer) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	c := &chaos{options: o, progress: program.NewProgress(progress, 18)}
	c.say("chaos", "seed %d", o.seed)
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.open(ctx); err != nil {
		return err
	}
	r, err := c.runAll(ctx)
	if err != nil {
		return err
	}
	return program.Conclude(r, out, o.out)
}

func (c *chaos) open(ctx context.Context) (err error) {
	if c.Ground, err = program.NewGround(ctx, c.data, "switchhook-chaos-", provider); err != nil {
		return err
	}
	for _, spec := range c.databases {
		if err := c.openStore(ctx, spec); err != nil {
			return err
		}
	}
	return nil
}

func (c *chaos) openStore(ctx context.Context, spec string) error {
	if spec == sqliteDatabase {
		spec = ""
	}
	if spec == databases.Start {
		c.say("chaos", "starting a Postgres server")
	}
	d, err := databases.Open(ctx, spec)
	if err != nil {
		if c.named || spec != databases.Start {
			return err
		}
		c.say("chaos", "leaving Postgres out: %s", err)
		return nil
	}
	s := &store{name: "SQLite", Databases: d, postgres: spec != ""}
	if s.postgres {
		s.name = "Postgres"
	}
	c.stores = append(c.stores, s)
	return nil
}

func (c *chaos) close() error {
	var errs []error
	for _, s := range c.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.Close())...)
}

// say writes a line about what goes on.
func (c *chaos) say(title, format string, args ...any) {
	c.progress.Say(title, format, args...)
}

// runAll runs the cases one after the other. One that fails is part of the report.
func (c *chaos) runAll(ctx context.Context) (*report, error) {
	r, err := c.newReport(ctx)
	if err != nil {
		return nil, err
	}
	for _, fc := range cases() {
		if !c.wants(fc) {
			continue
		}
		ran := false
		for _, s := range c.stores {
			if !fc.on.fits(s.postgres) || (ran && c.short && !fc.each) {
				continue
			}
			ran = true
			run := c.newRun(fc, s)
			run.execute(ctx, fc)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			run.say("%s", &run.result)
			r.Results = append(r.Results, &run.result)
		}
		if !ran {
			r.Results = append(r.Results, &result{Case: fc.name, Promise: fc.promise, Skipped: "its store is not among those of --database"})
		}
	}
	return r, nil
}

// faultRun is one run of a case on one store.
type faultRun struct {
	*chaos
	store  *store
	title  string
	rng    *rand.Rand
	mu     sync.Mutex // of result while the case runs
	result result
}

// newRun seeds each case apart from the others, so that a case by itself has the
// plan that it has among all.
func (c *chaos) newRun(fc faultCase, s *store) *faultRun {
	return &faultRun{
		chaos: c, store: s, title: fc.name + "/" + s.name, rng: newRandom(c.seed, fc.name),
		result: result{Case: fc.name, Promise: fc.promise, Store: s.name, Values: map[string]float64{}},
	}
}

func newRandom(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))                  // it never fails
	return rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // to be repeatable
}

// errSkipped is wrapped by the error of a case that this machine does not allow.
var errSkipped = errors.New("skipped")

func (r *faultRun) execute(ctx context.Context, fc faultCase) {
	r.say("%s; %s", fc.about, fc.promise)
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, r.size.limit, fmt.Errorf("the run took longer than %s", r.size.limit))
	defer cancel()
	err := fc.run(ctx, r)
	r.result.Seconds = time.Since(start).Seconds()
	switch {
	case errors.Is(err, errSkipped):
		r.result.Skipped = err.Error()
	case err != nil:
		r.broken("%s", because(ctx, err))
	}
}

// because is why ctx has ended, where err is only that it has.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

func (r *faultRun) say(format string, args ...any) { r.chaos.say(r.title, format, args...) }

// broken notes a promise that was not kept.
func (r *faultRun) broken(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Broken = append(r.result.Broken, fmt.Sprintf(format, args...))
}

// note notes what stands in no column.
func (r *faultRun) note(format string, args ...any) {
	r.result.Notes = append(r.result.Notes, fmt.Sprintf(format, args...))
}
