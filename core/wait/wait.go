// Package wait is how loops wait: for a time, or until they are told to end.
package wait

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends, and tells whether the caller is to go on:
// false when ctx has ended. Its clock is the runtime's, in whose place
// testing/synctest puts another.
func For(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		// Both may have happened.
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
