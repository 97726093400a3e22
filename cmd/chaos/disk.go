package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // reads the gateway's file

	"github.com/switchhook/switchhook/cmd/internal/load"
)

const (
	// minRefused publishes show that the disk is full indeed, within fullLimit.
	minRefused = 20
	fullLimit  = 60 * time.Second
	// backLimit is how long a gateway may take to accept again once there is room.
	backLimit = 20 * time.Second
	diskPoll  = 20 * time.Millisecond
)

// room is the room that a gateway has for its files.
type room interface {
	// about is how the room is taken, for people.
	about() string
	// take leaves no room; give gives it back.
	take() error
	give() error
	// close removes what was made.
	close() error
}

// planDisk is the calm before each time that the room is taken.
func planDisk(rng *rand.Rand, phase time.Duration) (calm [2]time.Duration) {
	for i := range calm {
		calm[i] = phase/2 + time.Duration(rng.Int64N(int64(phase/2)))
	}
	return calm
}

// disk leaves the embedded store without room twice: once the gateway lives through
// it, once it is killed meanwhile.
func disk(ctx context.Context, r *faultRun) (err error) {
	data := filepath.Join(r.Dir, "disk")
	var st *stand
	space, err := openRoom(data, func() int { return st.members[0].running.PID })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, space.close()) }()
	r.note("%s", space.about())
	calm := planDisk(r.rng, r.size.phase)
	longest := time.Duration(len(calm)) * (3*r.size.phase + fullLimit + backLimit)
	st, ctx, err = r.stand(ctx, setup{
		gateways: 1, events: steady(longest), endpoints: []string{provider.Name, bundledProvider}, data: data,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	err = st.during(ctx, func(ctx context.Context) error {
		for n, of := range []func(context.Context, room) error{st.goOn, st.killFull} {
			if err := load.Wait(ctx, calm[n]); err != nil {
				return err
			}
			if err := st.fill(ctx, space, of); err != nil {
				return err
			}
		}
		return load.Wait(ctx, r.size.phase)
	})
	if err != nil {
		return err
	}
	if _, err := st.check(ctx); err != nil {
		return err
	}
	if err := st.members[0].stop(); err != nil {
		return err
	}
	return st.intact(ctx, filepath.Join(st.members[0].options.Data, "switchhook.db"))
}

// fill takes the room until publishes have been refused for a while, and has
// giveBack give it back.
func (s *stand) fill(ctx context.Context, space room, giveBack func(context.Context, room) error) error {
	s.say("no room is left")
	before := s.refused.Load()
	if err := space.take(); err != nil {
		return err
	}
	full, err := until(ctx, fullLimit, func() bool { return s.refused.Load() >= before+minRefused })
	if err == nil && !full {
		s.broken("%d publishes were refused in %s without room; expected are %d", s.refused.Load()-before, fullLimit, minRefused)
	}
	if err == nil {
		err = load.Wait(ctx, s.size.phase)
	}
	if err != nil {
		return errors.Join(err, space.give())
	}
	return giveBack(ctx, space)
}

// goOn gives the room back to the running gateway. One that does not go on then is
// started again.
func (s *stand) goOn(ctx context.Context, space room) error {
	if err := space.give(); err != nil {
		return err
	}
	s.fault("there is room again")
	before := s.load.Count()
	goesOn, err := until(ctx, backLimit, func() bool { return s.load.Count() > before })
	if err != nil {
		return err
	}
	if goesOn {
		s.note("the gateway went on without a restart")
		return nil
	}
	s.broken("publishes are refused %s after there is room again; the gateway is started again", backLimit)
	return errors.Join(s.members[0].stop(), s.members[0].start())
}

// killFull kills the gateway while there is no room, and starts it with room.
func (s *stand) killFull(_ context.Context, space room) error {
	s.fault("killed without room, and started with room")
	return errors.Join(s.members[0].kill(), space.give(), s.members[0].start())
}

// until waits for so long at most, and tells whether what it waits for has come.
func until(ctx context.Context, limit time.Duration, come func() bool) (bool, error) {
	for deadline := time.Now().Add(limit); !come(); {
		if time.Now().After(deadline) {
			return false, nil
		}
		if err := load.Wait(ctx, diskPoll); err != nil {
			return false, err
		}
	}
	return true, nil
}

// intact checks the embedded store's file, which nothing else may have open.
func (s *stand) intact(ctx context.Context, file string) (err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var answer string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&answer); err != nil {
		return fmt.Errorf("check the store: %w", err)
	}
	if answer != "ok" {
		s.broken("the store is damaged: %s", answer)
		return nil
	}
	s.note("the store's file is intact")
	return nil
}
