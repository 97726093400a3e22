package store

import (
	"sync"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// lostClaims are claims, and events of this node, whose transaction failed in the
// eyes of this node, though the database may have committed it: nobody works
// them, and no other node takes them from one that lives. The next claim gives
// them back, before it takes any.
type lostClaims struct {
	// giving is held while they are given back: what was not committed may be
	// claimed again, and must not be given back after that.
	giving     sync.Mutex
	mu         sync.Mutex
	events     []eventRef
	deliveries []eventRef // account and delivery id
}

// maxLost bounds them during an outage; each failed claim adds a few hundred at most.
const maxLost = 10_000

func (l *lostClaims) add(events, deliveries []eventRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, events[:min(len(events), maxLost-len(l.events))]...)
	l.deliveries = append(l.deliveries, deliveries[:min(len(deliveries), maxLost-len(l.deliveries))]...)
}

// take returns them and forgets them; they are added again where giving back fails.
func (l *lostClaims) take() (events, deliveries []eventRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events, deliveries = l.events, l.deliveries
	l.events, l.deliveries = nil, nil
	return events, deliveries
}

// giveBack frees what a node has claimed without knowing it.
func (s *Store) giveBack(db *gorm.DB, node uuid.UUID) error {
	s.lost.giving.Lock()
	defer s.lost.giving.Unlock()
	events, deliveries := s.lost.take()
	if len(events)+len(deliveries) == 0 {
		return nil
	}
	err := db.Transaction(func(tx *gorm.DB) error {
		for accountID, keys := range groupByAccount(events) {
			err := tx.Model(&pendingRow{}).Where("account_id = ? AND event_key IN ? AND node_id = ?", accountID, keys, key(node)).
				Update("node_id", nil).Error
			if err != nil {
				return err
			}
		}
		for accountID, ids := range groupByAccount(deliveries) {
			claimed := tx.Model(&deliveryRow{}).Where("account_id = ? AND id IN ? AND node_id = ?", accountID, ids, key(node))
			if err := s.freeDeliveries(claimed); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.lost.add(events, deliveries)
	}
	return err
}
