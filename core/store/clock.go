package store

import (
	"context"
	"fmt"
	"time"
)

// Clock is the time that heartbeats are measured by: the database's where several
// nodes share it, else the process's.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	now, err := s.dialect.clock(s.write.WithContext(ctx))
	if err != nil {
		return now, fmt.Errorf("read the clock of %s: %w", s.dialect, err)
	}
	return now, nil
}
