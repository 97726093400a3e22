package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/databases"
)

// sqliteDatabase is the value of --database for the embedded store.
const sqliteDatabase = "sqlite"

const maxBacklog = 1_000_000

// options are the flags.
type options struct {
	binary, data, out string
	databases, cases  []string
	short             bool
	seed              uint64
	backlog           int
	// named: the stores were asked for, so that none is left out.
	named bool
	size  size
}

// size is how much each case does.
type size struct {
	// events and kills of the case kill.
	events, kills int
	// outage is how long the database is away.
	outage time.Duration
	// cuts of connections, and kills of plugins.
	cuts int
	// backlog is the events that wait.
	backlog int
	// replay is the events that are replayed, and replayKills the kills meanwhile.
	replay, replayKills int
	// phase is how long cases with a fixed rate publish in each of their phases.
	phase time.Duration
	// limit bounds a case.
	limit time.Duration
}

// check completes the options and says what is wrong with them.
func (o *options) check() error {
	for _, name := range o.cases {
		if !slices.Contains(caseNames(), name) {
			return fmt.Errorf("--cases: there is no case %q: use %s", name, strings.Join(caseNames(), ", "))
		}
	}
	if o.backlog < 1 || o.backlog > maxBacklog {
		return fmt.Errorf("--backlog %d is out of range: use 1 to %d", o.backlog, maxBacklog)
	}
	if len(o.databases) == 0 {
		return fmt.Errorf("--database names no store: use %q, %q or a postgres:// URL", sqliteDatabase, databases.Start)
	}
	for _, spec := range o.databases {
		if spec == "" || spec != sqliteDatabase && databases.CheckFlag(spec) != nil {
			return fmt.Errorf("--database takes %q, %q and postgres:// URLs", sqliteDatabase, databases.Start) // it may hold a password
		}
	}
	if _, err := os.Stat(o.binary); err != nil {
		return fmt.Errorf("--binary: %w; run `make build` first", err)
	}
	for o.seed == 0 {
		o.seed = rand.Uint64N(1_000_000) //nolint:gosec // a seed to be typed again
	}
	if o.size == (size{}) {
		o.size = o.defaultSize()
	}
	return nil
}

func (o *options) defaultSize() size {
	if o.short {
		return size{
			events: 2000, kills: 4, outage: 3 * time.Second, cuts: 3, backlog: min(o.backlog, 5000), replay: 10_000, replayKills: 2,
			phase: 2 * time.Second, limit: 2 * time.Minute,
		}
	}
	return size{
		events: 20_000, kills: 20, outage: 20 * time.Second, cuts: 10, backlog: o.backlog, replay: 100_000, replayKills: 4,
		phase: 8 * time.Second, limit: 10*time.Minute + time.Duration(o.backlog)*4*time.Millisecond,
	}
}

// wants tells whether a case is to be run.
func (o *options) wants(c faultCase) bool {
	return len(o.cases) == 0 || slices.Contains(o.cases, c.name)
}
