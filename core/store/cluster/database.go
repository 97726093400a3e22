package cluster

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	_ "gorm.io/driver/postgres" // brings the driver pgx
)

// CreateDatabase makes an empty database on a server, whose user must be allowed
// to, and returns its URL and a function that drops it with all connections. Its
// name is prefix and a random part.
func CreateDatabase(ctx context.Context, server *url.URL, prefix string) (database *url.URL, drop func(context.Context) error, err error) {
	name := prefix + rand.Text()[:16]
	if err := execute(ctx, server, fmt.Sprintf(`CREATE DATABASE "%s"`, name)); err != nil {
		return nil, nil, fmt.Errorf("create a database: %w", err)
	}
	drop = func(ctx context.Context) error {
		return execute(ctx, server, fmt.Sprintf(`DROP DATABASE "%s" WITH (FORCE)`, name))
	}
	u := *server
	u.Path = "/" + name
	return &u, drop, nil
}

// execute runs a statement that no transaction may hold.
func execute(ctx context.Context, server *url.URL, statement string) (err error) {
	db, err := sql.Open("pgx", server.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// Sever ends the connections of a database that are in the middle of a statement
// or a transaction now, and returns how many. The URL's user must be
// theirs, or a superuser.
func Sever(ctx context.Context, database *url.URL) (ended int, err error) {
	db, err := sql.Open("pgx", database.String())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	const statement = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`
	err = db.QueryRowContext(ctx, statement).Scan(&ended)
	return ended, err
}

// Describe returns a server's version and settings that decide how durable its
// commits are, such as "PostgreSQL 15.14, fsync=on, synchronous_commit=on".
func Describe(ctx context.Context, server *url.URL) (text string, err error) {
	db, err := sql.Open("pgx", server.String())
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var version, fsync, commit string
	row := db.QueryRowContext(ctx, `SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')`)
	if err := row.Scan(&version, &fsync, &commit); err != nil {
		return "", err
	}
	return fmt.Sprintf("PostgreSQL %s, fsync=%s, synchronous_commit=%s", version, fsync, commit), nil
}
