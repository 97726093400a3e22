package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/proc"
)

const pluginPause = time.Second

// planPlugins tells for each kill whether it is this program's own plugin's turn
// or the bundled one's.
func planPlugins(rng *rand.Rand, kills int) (own []bool) {
	for range kills {
		own = append(own, rng.IntN(2) == 0)
	}
	return own
}

// plugin kills a plugin of the gateway each second.
func plugin(ctx context.Context, r *faultRun) (err error) {
	if !proc.Supported() {
		return fmt.Errorf("%w: this system has no /proc to find plugins in", errSkipped)
	}
	plan := planPlugins(r.rng, r.size.cuts)
	longest := time.Duration(r.size.cuts+1) * pluginPause
	st, ctx, err := r.stand(ctx, setup{
		gateways: 1, events: steady(longest), endpoints: []string{provider.Name, bundledProvider},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	err = st.during(ctx, func(ctx context.Context) error {
		for _, own := range plan {
			if err := load.Wait(ctx, pluginPause); err != nil {
				return err
			}
			// The plugin that is this binary, or the gateway's own for the bundled provider.
			of, words := bundledProvider, []string{"adapter", bundledProvider}
			if own {
				of, words = provider.Name, []string{self}
			}
			if err := st.killPlugin(of, words); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = st.check(ctx)
	return err
}

// killPlugin kills the children of the gateway whose command line has the words.
func (s *stand) killPlugin(of string, words []string) error {
	pids, err := proc.Children(s.members[0].running.PID, words...)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		p, err := os.FindProcess(pid)
		if err == nil {
			err = p.Kill()
		}
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		s.fault("plugin %d of provider %s killed", pid, of)
	}
	return nil
}
