// Package databases makes an empty database for each gateway of a measuring
// program: SQLite, or on a Postgres server that is given or started.
package databases

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/store/cluster"
)

// Start is the value of --database for a server of the program's own.
const Start = "start"

// Usage of the flag --database.
const Usage = "postgres:// URL of a user who may create databases, or \"start\" for a throw-away server; empty: SQLite"

// CheckFlag says what is wrong with a value of --database.
func CheckFlag(spec string) error {
	if spec != "" && spec != Start && !strings.HasPrefix(spec, "postgres://") && !strings.HasPrefix(spec, "postgresql://") {
		return errors.New("--database must be a postgres:// URL, \"start\", or empty for SQLite") // it may hold a password
	}
	return nil
}

// dropLimit bounds what follows an interrupt.
const dropLimit = 15 * time.Second

// Databases makes them. The zero value makes none: SQLite needs no server.
type Databases struct {
	// server is nil for SQLite.
	server *url.URL
	// Own is the server that was started here, or nil.
	Own *cluster.Cluster
	// About is the database for people.
	About string
}

// Open opens what a checked value of --database names. Call [Databases.Close].
func Open(ctx context.Context, spec string) (*Databases, error) {
	d := &Databases{About: "SQLite, journal_mode=WAL, synchronous=FULL"}
	if spec == "" {
		return d, nil
	}
	var err error
	if spec == Start {
		if d.Own, err = cluster.Start(); err != nil {
			return nil, err
		}
		d.server = d.Own.URL
	} else if d.server, err = url.Parse(spec); err != nil {
		return nil, errors.New("--database is not a URL") // it may hold a password
	}
	if d.About, err = cluster.Describe(ctx, d.server); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Make makes a database whose name begins with prefix; its URL is "" for SQLite. drop removes it.
func (d *Databases) Make(ctx context.Context, prefix string) (database string, drop func() error, err error) {
	if d.server == nil {
		return "", func() error { return nil }, nil
	}
	u, remove, err := cluster.CreateDatabase(ctx, d.server, prefix)
	if err != nil {
		return "", nil, err
	}
	return u.String(), func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropLimit)
		defer cancel()
		return remove(ctx)
	}, nil
}

// PIDs are the server's processes, where their CPU can be read.
func (d *Databases) PIDs() []int {
	if d.Own == nil {
		return nil
	}
	return []int{d.Own.PID}
}

// Close stops the server that was started here.
func (d *Databases) Close() error {
	if d.Own == nil {
		return nil
	}
	return d.Own.Stop()
}
