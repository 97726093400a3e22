package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
)

// KeysExpiring implements operational.Accounts. It reads the whole table, which is
// small and seldom asked for this.
func (s *Store) KeysExpiring(ctx context.Context, from, to time.Time, after uuid.UUID, limit int) ([]account.Key, error) {
	var rows []apiKeyRow
	err := s.read.WithContext(ctx).
		Where("expires_at > ? AND expires_at <= ? AND revoked_at IS NULL AND replaced_by IS NULL AND id > ?", micros(from), micros(to), key(after)).
		Order("id").Limit(page(limit)).Find(&rows).Error
	if err != nil {
		return nil, translate(err, "API key")
	}
	out := make([]account.Key, len(rows))
	for i := range rows {
		out[i] = *rows[i].domain()
	}
	return out, nil
}
