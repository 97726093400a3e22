// Package modeltest explores what may happen to events and deliveries in a store
// that several nodes share: crashes, take-overs, records that come too late,
// answers that are lost. After every step it compares the store with a reference
// that is simple enough to be right, and looks whether what the gateway promises
// still holds. Planted faults show that it sees what it is there to see.
package modeltest

import (
	"database/sql"
	"flag"
	"fmt"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/subscription"
)

// Process is the store as the process of one gateway has it.
type Process interface {
	account.Store
	subscription.Store
	node.Store
	journal.Store
	delivery.Store
}

// Fate is what becomes of a transaction.
type Fate int

const (
	// Answered transactions commit, and their process knows.
	Answered Fate = iota
	// Failed ones are rolled back.
	Failed
	// Lost ones commit, but their process is told that they failed.
	Lost
)

func (f Fate) String() string { return [...]string{"answered", "failed", "lost"}[f] }

// Bench is a database to explore. One exploration has it at a time.
type Bench struct {
	// Open gives a process its own view. fate is asked for each transaction. alone:
	// this process alone has the database.
	Open func(fate func() Fate, alone bool) Process
	// Alone tells that Open knows the difference.
	Alone bool
	// DB is the database, for what no process may see.
	DB *sql.DB
	// Literal writes bytes in the database's SQL.
	Literal func(b []byte) string
	// Clock is that of all processes.
	Clock *Clock
}

// Clock is moved by hand.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// start is when explorations begin.
var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// NewClock returns a clock that shows some moment.
func NewClock() *Clock { return &Clock{now: start} }

// Now is what it shows, in whole microseconds.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *Clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *Clock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// briefly is how long [Check] explores where nobody says how much.
const briefly = 6 * time.Second

// Check explores as often as -rapid.checks says, or else for a few seconds.
func Check(t rapid.TB, b *Bench) {
	t.Helper()
	brief, end, done := true, time.Now().Add(briefly), 0
	flag.Visit(func(f *flag.Flag) { brief = brief && f.Name != "rapid.checks" })
	rapid.Check(t, func(t *rapid.T) {
		if brief && done > 0 && time.Now().After(end) {
			return
		}
		done++
		if err := explore(t, b, nil, true); err != nil {
			brief = false // rapid looks for a shorter way to the failure
			t.Fatal(err)
		}
	})
	t.Logf("%d explorations", done)
}

// Find explores a store with a fault until something is found, from seed 1 to
// seed most. mirrored compares with the reference; otherwise the promises alone
// have to show it. What was found is nil if nothing was.
func Find(b *Bench, f Fault, mirrored bool, most int) (seed int, found error) {
	// Finding something ends an exploration without an end of the test.
	run := rapid.Custom(func(t *rapid.T) error { return explore(t, b, &f, mirrored) })
	for seed := 1; seed <= most; seed++ {
		if err := run.Example(seed); err != nil {
			return seed, err
		}
	}
	return 0, nil
}

// explore returns what is wrong, with the steps that led to it.
func explore(t *rapid.T, b *Bench, f *Fault, mirrored bool) error {
	m, err := newMachine(t, b, f, mirrored)
	if err != nil {
		return err
	}
	t.Repeat(m.actions())
	if m.err == nil {
		m.step("finish", m.finish)
	}
	if m.err == nil {
		return nil
	}
	return fmt.Errorf("%w\nafter\n  %s", m.err, strings.Join(m.steps, "\n  "))
}
