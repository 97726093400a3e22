package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/databases"
)

const (
	// connections of publishers.
	connections = 32
	// batchSize is the events in a request of the cases that publish batches.
	batchSize  = 100
	maxRuns    = 100
	maxBacklog = 10_000_000
	// minDeliveries are ten events of the case fanout; less says nothing.
	minDeliveries = 100
	maxDeliveries = 10_000_000
)

// options are the flags.
type options struct {
	binary, database, data, out string
	cases                       []string
	runs, backlog, deliveries   int
	quick                       bool
	// repeatAll repeats also the cases that run once by default.
	repeatAll bool
	size      size
}

// size is how much each case does.
type size struct {
	// deliveries of a case that goes as fast as it can.
	deliveries int
	// backlog is the events that wait.
	backlog int
	// phase is how long cases with a fixed rate publish.
	phase time.Duration
	// settle is how long a gateway is left alone to record what has arrived, and
	// several times that before it is called idle.
	settle time.Duration
}

// check completes the options and says what is wrong with them.
func (o *options) check() error {
	for _, name := range o.cases {
		if !slices.Contains(caseNames(), name) {
			return fmt.Errorf("--cases: there is no case %q: use %s", name, strings.Join(caseNames(), ", "))
		}
	}
	if o.runs < 1 || o.runs > maxRuns {
		return fmt.Errorf("--runs %d is out of range: use 1 to %d", o.runs, maxRuns)
	}
	if o.backlog < 1 || o.backlog > maxBacklog {
		return fmt.Errorf("--backlog %d is out of range: use 1 to %d", o.backlog, maxBacklog)
	}
	if o.deliveries < minDeliveries || o.deliveries > maxDeliveries {
		return fmt.Errorf("--deliveries %d is out of range: use %d to %d", o.deliveries, minDeliveries, maxDeliveries)
	}
	if _, err := os.Stat(o.binary); err != nil {
		return fmt.Errorf("--binary: %w; run `make build` first", err)
	}
	if err := databases.CheckFlag(o.database); err != nil {
		return err
	}
	if o.size != (size{}) {
		return nil
	}
	o.size = size{deliveries: o.deliveries, backlog: o.backlog, phase: 8 * time.Second, settle: time.Second}
	if o.quick {
		o.runs, o.repeatAll = 1, false
		o.size = size{deliveries: min(o.deliveries, 2000), backlog: min(o.backlog, 5000), phase: 3 * time.Second, settle: 500 * time.Millisecond}
	}
	return nil
}

// wants tells whether a case is to be run.
func (o *options) wants(c benchCase) bool {
	if c.group == "" && len(o.cases) == 0 {
		return true
	}
	return slices.Contains(o.cases, c.name) || (c.group != "" && slices.Contains(o.cases, c.group))
}

// runsOf is how often a case is run.
func (o *options) runsOf(c benchCase) int {
	if c.once && !o.repeatAll {
		return 1
	}
	return o.runs
}
