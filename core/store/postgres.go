package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/store/sqltrace"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// postgresConnections bounds the connections of one gateway.
const postgresConnections = 16

// connectTimeout is how many seconds a connection may take to be made.
const connectTimeout = "10"

// preparedStatements bounds those of a connection. Batches have many sizes, each
// a statement of its own, whose plan the server keeps.
const preparedStatements = "64"

// postgresURL adds what the URL leaves out. An acknowledged commit must survive
// power loss, whatever the server's own default is.
func postgresURL(dsn sdk.Secret) (*url.URL, error) {
	u, err := url.Parse(dsn.Reveal())
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		// The parser's text would show parts of the URL.
		return nil, errors.New("database: is not a PostgreSQL URL: write postgres://user:password@host:5432/name, " +
			"with special characters percent-encoded")
	}
	q := u.Query()
	for name, value := range map[string]string{
		"synchronous_commit": "on", "connect_timeout": connectTimeout, "statement_cache_capacity": preparedStatements,
	} {
		if !q.Has(name) {
			q.Set(name, value)
		}
	}
	if q.Get("synchronous_commit") == "off" {
		return nil, errors.New("database: synchronous_commit=off would lose acknowledged events; leave it out")
	}
	u.RawQuery = q.Encode()
	return u, nil
}

// OpenPostgres opens a Postgres database by its URL. Any number of gateways may
// have it open.
func OpenPostgres(dsn sdk.Secret, o Options) (*Store, error) {
	u, err := postgresURL(dsn)
	if err != nil {
		return nil, err
	}
	db, err := openPostgresHandle(u.String())
	if err != nil {
		// The driver's text may hold the URL with its password.
		password, _ := u.User.Password()
		err = withoutSecret(withoutSecret(err, sdk.Secret(u.String())), sdk.Secret(password))
		return nil, fmt.Errorf("database: cannot connect to Postgres: %w", err)
	}
	handle, err := db.DB()
	if err != nil {
		return nil, err
	}
	handle.SetMaxOpenConns(postgresConnections)
	handle.SetMaxIdleConns(postgresConnections)
	return &Store{write: db, read: db, dialect: postgresDialect{}, box: o.Box, now: o.Now, hot: newHotStatements(db)}, nil
}

func openPostgresHandle(dsn string) (*gorm.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	handle := sql.OpenDB(sqltrace.Connector(stdlib.GetConnector(*config), semconv.DBSystemNamePostgreSQL))
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: handle}), gormConfig())
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return db, nil
}
