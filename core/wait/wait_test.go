package wait_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/wait"
)

func TestFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// ends is when the context does; negative: before.
		d, ends, took time.Duration
		goOn          bool
	}{
		"to its end":              {d: time.Hour, ends: 2 * time.Hour, took: time.Hour, goOn: true},
		"until it is told to end": {d: time.Hour, ends: time.Minute, took: time.Minute},
		"told before":             {d: time.Hour, ends: -1},
		"no time":                 {ends: time.Hour, goOn: true},
		"less than no time":       {d: -time.Second, ends: time.Hour, goOn: true},
		"no time, told before":    {ends: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.ends)
				defer cancel()
				for range 20 { // a choice between two that are ready is random
					began := time.Now()
					require.Equal(t, c.goOn, wait.For(ctx, c.d))
					require.Equal(t, c.took, time.Since(began))
					if c.took > 0 {
						return
					}
				}
			})
		})
	}
}
