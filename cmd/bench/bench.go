package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/switchhook/switchhook/cmd/internal/databases"
	"github.com/switchhook/switchhook/cmd/internal/program"
)

// bench is what the cases share.
type bench struct {
	options
	*program.Ground
	databases *databases.Databases
	progress  *program.Progress
	// title of the run that goes on.
	title string
}

// execute runs the cases and reports them.
func execute(ctx context.Context, o options, out, progress io.Writer) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	b := &bench{options: o, progress: program.NewProgress(progress, 12), title: "bench"}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.open(ctx); err != nil {
		return err
	}
	r, err := b.runAll(ctx)
	if err != nil {
		return err
	}
	return program.Conclude(r, out, o.out)
}

func (b *bench) open(ctx context.Context) (err error) {
	if b.Ground, err = program.NewGround(ctx, b.data, "switchhook-bench-", provider); err != nil {
		return err
	}
	if b.database == databases.Start {
		b.say("starting a Postgres server")
	}
	b.databases, err = databases.Open(ctx, b.database)
	return err
}

func (b *bench) close() error {
	var errs []error
	if b.databases != nil {
		errs = append(errs, b.databases.Close())
	}
	return errors.Join(append(errs, b.Close())...)
}

// runAll runs the cases in rounds, so that what else happens on the machine in
// the course of time falls on all of them. A run that fails is part of the report.
func (b *bench) runAll(ctx context.Context) (*report, error) {
	r, err := b.newReport(ctx)
	if err != nil {
		return nil, err
	}
	for round := range b.runs {
		done := map[string]*result{}
		for _, c := range cases() {
			if !b.wants(c) || round >= b.runsOf(c) {
				continue
			}
			b.title = fmt.Sprintf("%s %d/%d", c.name, round+1, b.runsOf(c))
			res, err := b.runCase(ctx, c)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				b.say("failed: %s", err)
				r.fail(c, err)
				continue
			}
			done[c.name] = res
			res.compare(c, done)
			r.add(c, res)
			b.say("%s", res)
		}
	}
	return r, nil
}

// compare sets a case's ratios to those that its round has begun with.
func (r *result) compare(c benchCase, done map[string]*result) {
	if ceiling := done[ceilingName]; ceiling != nil && ceiling.PerSecond > 0 && c.name != ceilingName {
		r.Ratio = r.PerSecond / ceiling.PerSecond
	}
	plain := done[tracesOff]
	if c.group != tracesGroup || plain == nil {
		return
	}
	if plain.PerSecond > 0 {
		r.RatioToPlain = r.PerSecond / plain.PerSecond
	}
	if plain.GatewayCPU > 0 {
		r.CPUToPlain = r.GatewayCPU / plain.GatewayCPU
	}
}

func (b *bench) runCase(ctx context.Context, c benchCase) (*result, error) {
	b.say("%s", c.about)
	limit := c.limit(b.size)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the run took longer than %s", limit))
	defer cancel()
	res, err := c.run(ctx, b)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w (%w)", cause, err)
	}
	return res, err
}

// say writes a line about what goes on.
func (b *bench) say(format string, args ...any) {
	b.progress.Say(b.title, format, args...)
}
