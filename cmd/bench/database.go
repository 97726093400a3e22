package main

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/switchhook/switchhook/core/store/cluster"
)

// startDatabase is the value of --database for a server of the bench's own.
const startDatabase = "start"

// dropLimit bounds what follows an interrupt.
const dropLimit = 15 * time.Second

// databases makes an empty database for each gateway.
type databases struct {
	// server is nil for SQLite.
	server *url.URL
	// own is the server that was started here, or nil.
	own *cluster.Cluster
	// about is the database for people.
	about string
}

func openDatabases(ctx context.Context, spec string) (*databases, error) {
	d := &databases{about: "SQLite, journal_mode=WAL, synchronous=FULL"}
	if spec == "" {
		return d, nil
	}
	var err error
	if spec == startDatabase {
		if d.own, err = cluster.Start(); err != nil {
			return nil, err
		}
		d.server = d.own.URL
	} else if d.server, err = url.Parse(spec); err != nil {
		return nil, errors.New("--database is not a URL") // it may hold a password
	}
	if d.about, err = cluster.Describe(ctx, d.server); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// make makes a database; its URL is "" for SQLite. drop removes it.
func (d *databases) make(ctx context.Context) (database string, drop func() error, err error) {
	if d.server == nil {
		return "", func() error { return nil }, nil
	}
	u, remove, err := cluster.CreateDatabase(ctx, d.server, "switchhook_bench_")
	if err != nil {
		return "", nil, err
	}
	return u.String(), func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropLimit)
		defer cancel()
		return remove(ctx)
	}, nil
}

// pids are the server's processes, where their CPU can be read.
func (d *databases) pids() []int {
	if d.own == nil {
		return nil
	}
	return []int{d.own.PID}
}

func (d *databases) close() error {
	if d.own == nil {
		return nil
	}
	return d.own.Stop()
}
