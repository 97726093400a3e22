package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
)

// insertChunk bounds the rows of one INSERT, below the databases' limits on
// bound values.
const insertChunk = 500

// Commit implements journal.Store.
func (s *Store) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	var stored []uuid.UUID
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := checkAlive(tx, b.Node); err != nil {
			return err
		}
		var err error
		if stored, err = commitEvents(tx, b.Node, b.Events); err != nil {
			return fmt.Errorf("commit events: %w", err)
		}
		if err := recordOutcomes(tx, b.Outcomes); err != nil {
			return fmt.Errorf("record outcomes: %w", err)
		}
		if err := settle(tx, b); err != nil {
			return fmt.Errorf("settle events: %w", err)
		}
		return freeEvents(tx, b)
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// commitEvents inserts the events that are new and marks them pending.
func commitEvents(tx *gorm.DB, node uuid.UUID, entries []journal.Entry) ([]uuid.UUID, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	rows := make([]*eventRow, len(entries))
	for i, e := range entries {
		row, err := newEventRow(e.Event)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	unique, stored := withoutRepeats(rows)
	// Nodes that insert the same events at the same time wait for each other in
	// one order.
	slices.SortFunc(unique, func(a, b *eventRow) int { return bytes.Compare(a.DedupeKey, b.DedupeKey) })
	res := tx.Clauses(doNothing).CreateInBatches(unique, insertChunk)
	if res.Error != nil {
		return nil, res.Error
	}
	if int(res.RowsAffected) < len(unique) {
		if err := findStored(tx, rows, stored); err != nil {
			return nil, err
		}
	}
	var pending []pendingRow
	for i, e := range entries {
		if stored[i] != e.Event.Key {
			continue // an earlier event of the same source and id
		}
		row := pendingRow{AccountID: key(e.Event.AccountID), EventKey: key(e.Event.Key)}
		if e.Owned {
			row.NodeID = optionalKey(node)
		}
		pending = append(pending, row)
	}
	if len(pending) == 0 {
		return stored, nil
	}
	return stored, tx.CreateInBatches(pending, insertChunk).Error
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
			if k, ok := keys[string(r.DedupeKey)]; ok && r.AccountID == accountID {
				stored[i] = uuid.UUID(k)
			}
		}
	}
	return nil
}

// settle removes the pending marks of events whose deliveries are all recorded.
func settle(tx *gorm.DB, b journal.Batch) error {
	refs := make([]eventRef, 0, len(b.Settled)+len(b.Outcomes))
	for _, e := range b.Settled {
		refs = append(refs, ref(e))
	}
	for _, o := range b.Outcomes {
		if o.Settles {
			refs = append(refs, eventRef{key(o.Delivery.AccountID), key(o.Delivery.EventKey)})
		}
	}
	for accountID, eventKeys := range groupByAccount(refs) {
		err := tx.Where("account_id = ? AND event_key IN ?", accountID, eventKeys).Delete(&pendingRow{}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// freeEvents lets any node take events that this one lost sight of.
func freeEvents(tx *gorm.DB, b journal.Batch) error {
	for chunk := range slices.Chunk(b.Freed, insertChunk) {
		refs := make([]eventRef, len(chunk))
		for i, f := range chunk {
			refs[i] = eventRef{key(f.AccountID), key(f.Key)}
		}
		for accountID, eventKeys := range groupByAccount(refs) {
			err := tx.Model(&pendingRow{}).
				Where("account_id = ? AND event_key IN ? AND node_id = ?", accountID, eventKeys, key(b.Node)).
				Update("node_id", nil).Error
			if err != nil {
				return fmt.Errorf("free events: %w", err)
			}
		}
	}
	return nil
}

func ref(e *event.Event) eventRef { return eventRef{key(e.AccountID), key(e.Key)} }
