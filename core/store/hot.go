package store

import (
	"context"
	"fmt"
	"math/bits"
	"sync"

	"gorm.io/gorm"
)

// command is one statement with its values, ready to be sent.
type command struct {
	sql  string
	args []any
	// reads: its rows are counted, instead of those that it changed.
	reads bool
}

// hotTx is a transaction that sends many commands at once where the database has
// its own process.
type hotTx interface {
	// send runs commands in order and returns of each how many rows it read or
	// changed. With the last ones it commits.
	send(ctx context.Context, commands []command, last bool) ([]int64, error)
	// db is the transaction for gorm, after the first send.
	db() *gorm.DB
}

// Statements are sent for 1, 2, 4, … rows at a time: few texts, that database and
// driver keep prepared.
const (
	chunkSizes   = 7
	largestChunk = 1 << (chunkSizes - 1)
)

// hotSQL is one statement, by the power of two of its rows. gorm makes each once,
// when it is first asked for.
type hotSQL [chunkSizes]func() (hotText, error)

// hotText is the text of a statement and how many values it has.
type hotText struct {
	sql    string
	values int
}

func newHotSQL(db *gorm.DB, build func(db *gorm.DB, rows int) *gorm.DB) *hotSQL {
	var out hotSQL
	for i := range out {
		out[i] = sync.OnceValues(func() (hotText, error) {
			tx := build(dry(db), 1<<i)
			if tx.Error != nil {
				return hotText{}, fmt.Errorf("make statement: %w", tx.Error)
			}
			return hotText{tx.Statement.SQL.String(), len(tx.Statement.Vars)}, nil
		})
	}
	return &out
}

// dry is a session that makes SQL and sends none.
func dry(db *gorm.DB) *gorm.DB { return db.Session(&gorm.Session{DryRun: true, NewDB: true}) }

// rare makes a command of a statement whose text varies.
func rare(made *gorm.DB) (command, error) {
	return command{sql: made.Statement.SQL.String(), args: made.Statement.Vars}, made.Error
}

// hotStatements are those of a commit.
type hotStatements struct {
	alive, events, pending, settle, deliveries, attempts *hotSQL
}

func newHotStatements(db *gorm.DB) *hotStatements {
	return &hotStatements{
		alive: newHotSQL(db, func(db *gorm.DB, _ int) *gorm.DB { return alive(db, key{}).Find(&nodeRow{}) }),
		events: newHotSQL(db, func(db *gorm.DB, n int) *gorm.DB {
			return db.Clauses(doNothing).Create(ptr(make([]eventRow, n)))
		}),
		pending: newHotSQL(db, func(db *gorm.DB, n int) *gorm.DB { return db.Create(ptr(make([]pendingRow, n))) }),
		settle: newHotSQL(db, func(db *gorm.DB, n int) *gorm.DB {
			return db.Where("account_id = ? AND event_key IN ?", key{}, make([]key, n)).Delete(&pendingRow{})
		}),
		deliveries: newHotSQL(db, func(db *gorm.DB, n int) *gorm.DB {
			return db.Clauses(upsertDelivery).Create(ptr(make([]deliveryRow, n)))
		}),
		attempts: newHotSQL(db, func(db *gorm.DB, n int) *gorm.DB {
			return db.Clauses(doNothing).Create(ptr(make([]attemptRow, n)))
		}),
	}
}

// ptr is what gorm wants of rows.
func ptr[T any](v T) *T { return &v }

// hotRow is a row whose values are taken without reflection.
type hotRow interface {
	// values appends those of all columns in the order of the struct's fields.
	values(to []any) []any
}

// inserts appends the commands that insert rows, in their order.
func inserts[R hotRow](to []command, sql *hotSQL, rows []R) ([]command, error) {
	for len(rows) > 0 {
		size := min(bits.Len(uint(len(rows)))-1, chunkSizes-1)
		text, err := sql[size]()
		if err != nil {
			return nil, err
		}
		args := make([]any, 0, text.values)
		for _, r := range rows[:1<<size] {
			args = r.values(args)
		}
		to = append(to, command{sql: text.sql, args: args})
		rows = rows[1<<size:]
	}
	return to, nil
}

// byKeys appends the commands for all keys of an account. The last key is
// repeated to fill a statement up.
func byKeys(to []command, sql *hotSQL, account key, keys []key) ([]command, error) {
	for len(keys) > 0 {
		n := min(len(keys), largestChunk)
		size := bits.Len(uint(n - 1))
		text, err := sql[size]()
		if err != nil {
			return nil, err
		}
		args := append(make([]any, 0, text.values), account[:])
		for i := range 1 << size {
			args = append(args, keys[min(i, n-1)][:])
		}
		to = append(to, command{sql: text.sql, args: args})
		keys = keys[n:]
	}
	return to, nil
}
