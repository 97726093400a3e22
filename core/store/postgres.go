package store

import (
	"fmt"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// postgresConnections bounds the connections of one gateway.
const postgresConnections = 16

// OpenPostgres opens a Postgres database by its URL. Any number of gateways may
// have it open.
func OpenPostgres(dsn sdk.Secret, o Options) (*Store, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{DSN: dsn.Reveal()}), gormConfig())
	if err != nil {
		// The driver's text may hold the URL with its password.
		return nil, fmt.Errorf("database: cannot connect to Postgres: %w", withoutSecret(err, dsn))
	}
	handle, err := db.DB()
	if err != nil {
		return nil, err
	}
	handle.SetMaxOpenConns(postgresConnections)
	handle.SetMaxIdleConns(postgresConnections)
	return &Store{write: db, read: db, dialect: postgresDialect{}, box: o.Box, now: o.Now}, nil
}
