package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// Commit implements journal.Store. In one round trip the events are inserted by a
// node that lives, in the next everything else, which depends on which events
// were new.
func (s *Store) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	rows, err := newEventRows(b.Events)
	if err != nil {
		return nil, err
	}
	unique, stored := withoutRepeats(rows)
	first, err := s.beginning(b.Node, unique)
	if err != nil {
		return nil, err
	}
	rest, err := s.recordOutcomes(nil, b.Outcomes)
	if err != nil {
		return nil, fmt.Errorf("record outcomes: %w", err)
	}
	if rest, err = s.settle(rest, b); err != nil {
		return nil, fmt.Errorf("settle events: %w", err)
	}
	began := time.Now()
	err = s.dialect.transact(ctx, s.write, func(tx hotTx) error {
		counts, err := tx.send(ctx, first, false)
		if err != nil {
			return fmt.Errorf("commit events: %w", err)
		}
		if counts[0] == 0 {
			return node.ErrFenced
		}
		if total(counts[1:]) < int64(len(unique)) {
			if err := findStored(tx.db(), rows, stored); err != nil {
				return fmt.Errorf("find stored events: %w", err)
			}
		}
		pending, err := inserts(nil, s.hot.pending, newPendingRows(b, stored))
		if err != nil {
			return err
		}
		if _, err := tx.send(ctx, append(pending, rest...), true); err != nil {
			return fmt.Errorf("record: %w", err)
		}
		return nil
	})
	s.metrics.took(began, instrument.StoreCommit, err)
	if err != nil {
		if !errors.Is(err, node.ErrFenced) {
			s.lost.add(ownedRefs(b.Events), nil)
		}
		return nil, err
	}
	return stored, nil
}

// ownedRefs are the events that a node is to deliver.
func ownedRefs(entries []journal.Entry) (out []eventRef) {
	for _, e := range entries {
		if e.Owned {
			out = append(out, ref(e.Event))
		}
	}
	return out
}

// beginning checks that the node may commit, and inserts events that are new.
func (s *Store) beginning(self uuid.UUID, events []*eventRow) ([]command, error) {
	text, err := s.hot.alive[0]()
	if err != nil {
		return nil, err
	}
	// Nodes that insert the same events at the same time wait for each other in
	// one order.
	slices.SortFunc(events, func(a, b *eventRow) int { return bytes.Compare(a.DedupeKey, b.DedupeKey) })
	return inserts([]command{{sql: text.sql, args: []any{self[:]}, reads: true}}, s.hot.events, events)
}

func total(counts []int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

func newEventRows(entries []journal.Entry) ([]*eventRow, error) {
	rows := make([]*eventRow, len(entries))
	for i, e := range entries {
		row, err := newEventRow(e.Event)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	return rows, nil
}

// newPendingRows marks the events that were new.
func newPendingRows(b journal.Batch, stored []uuid.UUID) []*pendingRow {
	rows := make([]*pendingRow, 0, len(b.Events))
	for i, e := range b.Events {
		if stored[i] != e.Event.Key {
			continue // an earlier event of the same source and id
		}
		row := pendingRow{AccountID: key(e.Event.AccountID), EventKey: key(e.Event.Key), DueAt: optionalMicros(e.Event.DeliverAt)}
		if e.Owned {
			row.NodeID = optionalKey(b.Node)
		}
		rows = append(rows, &row)
	}
	return rows
}

// withoutRepeats leaves out events that repeat another of the same batch, and
// gives each row the key under which it will be stored if nothing else has it.
func withoutRepeats(rows []*eventRow) (unique []*eventRow, stored []uuid.UUID) {
	type dedupe struct {
		account key
		hash    string
	}
	first := map[dedupe]key{}
	stored = make([]uuid.UUID, len(rows))
	for i, r := range rows {
		stored[i] = uuid.UUID(r.Key)
		if r.DedupeKey != nil {
			d := dedupe{r.AccountID, string(r.DedupeKey)}
			if k, ok := first[d]; ok {
				stored[i] = uuid.UUID(k)
				continue
			}
			first[d] = r.Key
		}
		unique = append(unique, r)
	}
	return unique, stored
}

// findStored reads the keys of events that were there before the insert.
func findStored(tx *gorm.DB, rows []*eventRow, stored []uuid.UUID) error {
	hashes := map[key][][]byte{}
	for _, r := range rows {
		if r.DedupeKey != nil {
			hashes[r.AccountID] = append(hashes[r.AccountID], r.DedupeKey)
		}
	}
	for accountID, list := range hashes {
		var found []eventRow
		err := tx.Select("key", "dedupe_key").Where("account_id = ? AND dedupe_key IN ?", accountID, list).Find(&found).Error
		if err != nil {
			return err
		}
		keys := make(map[string]key, len(found))
		for _, f := range found {
			keys[string(f.DedupeKey)] = f.Key
		}
		for i, r := range rows {
			if r.AccountID != accountID || r.DedupeKey == nil {
				continue
			}
			k, ok := keys[string(r.DedupeKey)]
			if !ok {
				return errRepeatGone
			}
			stored[i] = uuid.UUID(k)
		}
	}
	return nil
}

// errRepeatGone means that the earlier event was removed as too old between the
// insert that it stood in the way of and the look at it. Another try stores the
// event.
var errRepeatGone = errors.New("an event repeats one that has just been removed")

// settle appends what removes the pending marks of events whose deliveries are
// all recorded.
func (s *Store) settle(to []command, b journal.Batch) ([]command, error) {
	refs := make([]eventRef, 0, len(b.Settled)+len(b.Outcomes))
	for _, e := range b.Settled {
		refs = append(refs, ref(e))
	}
	for _, o := range b.Outcomes {
		if o.Settles {
			refs = append(refs, eventRef{key(o.Delivery.AccountID), key(o.Delivery.EventKey)})
		}
	}
	var err error
	for accountID, eventKeys := range groupByAccount(refs) {
		if to, err = byKeys(to, s.hot.settle, accountID, eventKeys); err != nil {
			return nil, err
		}
	}
	return to, nil
}

func ref(e *event.Event) eventRef { return eventRef{key(e.AccountID), key(e.Key)} }
