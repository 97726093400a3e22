package modeltest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/event"
)

// machine is one exploration.
type machine struct {
	bench *Bench
	t     *rapid.T
	// fault is planted; nil for none.
	fault *Fault
	// mirrored: the store is compared with the reference.
	mirrored bool
	alone    bool
	ref      *reference
	now      time.Time

	accounts  []uuid.UUID
	subs      map[uuid.UUID][]uuid.UUID // by account
	processes []*process
	// published are all events, by key; acked those that were acknowledged.
	published map[uuid.UUID]*event.Event
	acked     map[uuid.UUID]bool
	names     map[uuid.UUID]string
	serial    uint64
	// ending: every transaction is answered.
	ending bool
	// before is the store after the step before; retried may change from final.
	before  *state
	retried uuid.UUID

	steps []string
	err   error
}

func newMachine(t *rapid.T, b *Bench, f *Fault, mirrored bool) (*machine, error) {
	b.Clock.set(start)
	m := &machine{
		bench: b, t: t, fault: f, mirrored: mirrored, ref: newReference(), now: start, before: newState(),
		subs: map[uuid.UUID][]uuid.UUID{}, published: map[uuid.UUID]*event.Event{}, acked: map[uuid.UUID]bool{}, names: map[uuid.UUID]string{},
	}
	m.alone = b.Alone && rapid.Bool().Draw(t, "alone")
	if err := reset(b.DB); err != nil {
		return nil, err
	}
	if err := m.populate(); err != nil {
		return nil, err
	}
	for range 2 {
		if err := m.start(); err != nil {
			return nil, err
		}
	}
	return m, m.check()
}

// newID makes ids that are in the order of their making, and the same each time.
func (m *machine) newID(name string) (id uuid.UUID) {
	m.serial++
	binary.BigEndian.PutUint64(id[:], uint64(m.now.UnixMilli())<<16|0x7000)
	binary.BigEndian.PutUint64(id[8:], 1<<63|m.serial)
	m.names[id] = name
	return id
}

func (m *machine) name(id uuid.UUID) string {
	if n, ok := m.names[id]; ok {
		return n
	}
	return id.String()
}

func (m *machine) list(ids []uuid.UUID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = m.name(id)
	}
	return "[" + strings.Join(out, " ") + "]"
}

// tell adds to what is shown of a failure.
func (m *machine) tell(format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

// step does something and looks at what came of it. After a failure nothing
// more is done.
func (m *machine) step(name string, do func() error) {
	if m.err != nil {
		return
	}
	m.tell("%s", name)
	m.now = m.bench.Clock.pass(time.Millisecond)
	if m.err = do(); m.err == nil {
		m.err = m.check()
	}
}

// actions are what may happen next. Rapid prefers those whose names come first.
func (m *machine) actions() map[string]func(*rapid.T) {
	out := map[string]func(*rapid.T){}
	for i, a := range []struct {
		name string
		do   func() error
	}{
		{"publish", m.publish},
		{"record", m.record},
		{"claim what is due", m.claimDue},
		{"claim what is held", m.claimHeld},
		{"claim events", m.claimEvents},
		{"time passes", m.timePasses},
		{"cancel by hand", m.cancel},
		{"cancel a first delivery", m.cancelFirst},
		{"record", m.record},
		{"a node falls silent", m.silence},
		{"take over", m.takeOver},
		{"commit what was kept", m.recommit},
		{"a process starts", m.startAnother},
		{"publish", m.publish},
		{"retry by hand", m.retry},
		{"claim what is due", m.claimDue},
		{"record", m.record},
		{"a process is released", m.release},
		{"a process crashes", m.crash},
		{"a node beats", m.beat},
	} {
		out[fmt.Sprintf("%02d %s", i, a.name)] = func(t *rapid.T) {
			m.t = t
			m.step(a.name, a.do)
		}
	}
	return out
}

// drawFate decides what becomes of a transaction.
func (m *machine) drawFate() Fate {
	if m.ending {
		return Answered
	}
	return rapid.SampledFrom([]Fate{Answered, Answered, Answered, Answered, Failed, Lost}).Draw(m.t, "fate")
}

// running draws a process that has not ended.
func (m *machine) running() *process {
	return rapid.SampledFrom(m.all()).Draw(m.t, "process")
}

// all are the processes that have not ended; there is always one.
func (m *machine) all() []*process {
	return slices.DeleteFunc(slices.Clone(m.processes), func(p *process) bool { return p.ended })
}
