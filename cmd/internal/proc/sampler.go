package proc

import (
	"context"
	"time"
)

// Sample is the memory at one time.
type Sample struct {
	At    time.Time
	Bytes int64
}

// Watch reads the memory of processes and their descendants every so often
// until ctx ends or reading fails, and once more then. It returns what it read.
func Watch(ctx context.Context, every time.Duration, roots ...int) ([]Sample, error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var out []Sample
	for {
		n, err := Memory(roots...)
		if err != nil {
			return out, err
		}
		out = append(out, Sample{At: time.Now(), Bytes: n})
		select {
		case <-ticker.C:
			continue
		case <-ctx.Done():
		}
		n, err = Memory(roots...)
		if err != nil {
			return out, err
		}
		return append(out, Sample{At: time.Now(), Bytes: n}), nil
	}
}
