// Package store keeps everything in SQLite or Postgres, through gorm. It is the
// only package that knows a database. Its methods are those that the domain
// packages ask for in their Store interfaces.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/subscription"
)

var (
	_ account.Store      = (*Store)(nil)
	_ subscription.Store = (*Store)(nil)
	_ event.Store        = (*Store)(nil)
	_ delivery.Store     = (*Store)(nil)
	_ journal.Store      = (*Store)(nil)
	_ node.Store         = (*Store)(nil)
)

// Store is an open database.
type Store struct {
	// write and read are the same handle on Postgres. SQLite has one writer, so
	// its write handle has one connection and the read handle the others.
	write, read *gorm.DB
	dialect     dialect
	box         *secret.Box
	now         func() time.Time
	release     func() error
	lost        lostClaims
	hot         *hotStatements
	metrics     metrics
}

// Options are what a store needs beside its database.
type Options struct {
	// Box encrypts secrets at rest.
	Box *secret.Box
	// Now is the clock; time.Now outside of tests.
	Now func() time.Time
}

// gormConfig leaves transactions to us and logs nothing: statements would show
// data, and errors are returned. gorm's statement cache stays off: what it
// prepares in a transaction it prepares again in the next, and pgx has its own.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
	}
}

// Check tells whether the key that encrypts secrets is the one that this store
// was made with, and remembers it in a new store.
func (s *Store) Check(ctx context.Context) error {
	const name = "secret_key_fingerprint"
	row := metaRow{Name: name, Value: s.box.Fingerprint()}
	if err := s.write.WithContext(ctx).Clauses(doNothing).Create(&row).Error; err != nil {
		return fmt.Errorf("check secret key: %w", err)
	}
	var stored metaRow
	if err := s.write.WithContext(ctx).Where("name = ?", name).Take(&stored).Error; err != nil {
		return fmt.Errorf("check secret key: %w", err)
	}
	if stored.Value != s.box.Fingerprint() {
		return errors.New("secret_key: this is not the key that the store's secrets were encrypted with; " +
			"set the key that was used before (or restore its secret.key file)")
	}
	return nil
}

type metaRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

// TableName implements gorm's Tabler.
func (metaRow) TableName() string { return "meta" }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	for _, db := range []*gorm.DB{s.read, s.write} {
		handle, err := db.DB()
		if err != nil {
			return err
		}
		if err := handle.PingContext(ctx); err != nil {
			return fmt.Errorf("ping %s: %w", s.dialect, err)
		}
	}
	return nil
}

// Close ends all connections and releases the data directory.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.read, s.write} {
		handle, err := db.DB()
		if err == nil {
			err = handle.Close()
		}
		errs = append(errs, err)
	}
	if s.release != nil {
		errs = append(errs, s.release())
	}
	return errors.Join(errs...)
}

// handle returns the database/sql handle for migrations.
func (s *Store) handle() (*sql.DB, error) { return s.write.DB() }
