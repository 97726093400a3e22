package modeltest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// state is what a store holds at one moment, as far as it decides what happens.
type state struct {
	nodes    map[uuid.UUID]bool
	events   map[uuid.UUID]string    // key → account, source and id
	marks    map[uuid.UUID]uuid.UUID // pending events → node, or zero
	rows     map[uuid.UUID]row
	attempts map[number]string // → trace id
	disabled map[uuid.UUID]bool
}

// row is a delivery's. Times are microseconds, 0 for none.
type row struct {
	status              sdk.DeliveryStatus
	count               int
	first, due, updated int64
	node                uuid.UUID
	held                bool
}

// number names an attempt.
type number struct {
	delivery uuid.UUID
	n        int
}

func newState() *state {
	return &state{
		nodes: map[uuid.UUID]bool{}, events: map[uuid.UUID]string{}, marks: map[uuid.UUID]uuid.UUID{},
		rows: map[uuid.UUID]row{}, attempts: map[number]string{}, disabled: map[uuid.UUID]bool{},
	}
}

// id reads a key that may be NULL.
type id uuid.UUID

// Scan implements sql.Scanner.
func (i *id) Scan(v any) error {
	b, ok := v.([]byte)
	if v != nil && (!ok || len(b) != len(i)) {
		return fmt.Errorf("%v is no key", v)
	}
	copy(i[:], b)
	return nil
}

// read reads the database as it is.
func read(db *sql.DB) (*state, error) {
	s := newState()
	var a, b, c id
	var one, two string
	var n, first, due, updated sql.NullInt64
	var r row
	err := errors.Join(
		scan(db, `SELECT id FROM nodes`, func() { s.nodes[uuid.UUID(a)] = true }, &a),
		scan(db, `SELECT account_id, key, source, id FROM events`, func() {
			s.events[uuid.UUID(b)] = identity(uuid.UUID(a), one, two)
		}, &a, &b, &one, &two),
		scan(db, `SELECT event_key, node_id FROM pending_events`, func() { s.marks[uuid.UUID(a)] = uuid.UUID(b) }, &a, &b),
		scan(db, `SELECT id, status, attempt_count, first_attempt_at, due_at, updated_at, node_id, held FROM deliveries`, func() {
			r.first, r.due, r.updated, r.node = first.Int64, due.Int64, updated.Int64, uuid.UUID(c)
			s.rows[uuid.UUID(a)] = r
		}, &a, &r.status, &r.count, &first, &due, &updated, &c, &r.held),
		// What has a row was there before what its delivery holds.
		scan(db, `SELECT id, attempt_trace_id FROM deliveries WHERE attempt_started_at IS NOT NULL`, func() {
			s.attempts[number{uuid.UUID(a), 1}] = one
		}, &a, &one),
		scan(db, `SELECT delivery_id, number, trace_id FROM attempts`, func() {
			s.attempts[number{uuid.UUID(a), int(n.Int64)}] = one
		}, &a, &n, &one),
		scan(db, `SELECT id FROM subscriptions WHERE NOT enabled`, func() { s.disabled[uuid.UUID(a)] = true }, &a),
	)
	return s, err
}

func identity(account uuid.UUID, source, id string) string {
	return account.String() + source + "#" + id
}

// scan runs a query and calls each when a row is in to.
func scan(db *sql.DB, query string, each func(), to ...any) error {
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		for _, v := range to {
			if i, ok := v.(*id); ok {
				*i = id{}
			}
		}
		if err := rows.Scan(to...); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		each()
	}
	return rows.Err()
}

// differences tells where a store is not as it should be.
func differences(want, got *state, name func(uuid.UUID) string) error {
	all := slices.Concat(
		differ("node", want.nodes, got.nodes, name),
		differ("event", want.events, got.events, name),
		differ("pending mark", want.marks, got.marks, name),
		differ("delivery", want.rows, got.rows, name),
		differ("attempt", want.attempts, got.attempts, func(n number) string { return fmt.Sprintf("%s number %d", name(n.delivery), n.n) }),
		differ("disabled", want.disabled, got.disabled, name),
	)
	slices.SortFunc(all, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(all...)
}

func differ[K, V comparable](kind string, want, got map[K]V, name func(K) string) (out []error) {
	for k, w := range want {
		if g, ok := got[k]; !ok || g != w {
			out = append(out, fmt.Errorf("%s %s should be %+v, but is %+v (there: %t)", kind, name(k), w, g, ok))
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			out = append(out, fmt.Errorf("%s %s should not be there, but is %+v", kind, name(k), g))
		}
	}
	return out
}

// reset empties the database.
func reset(db *sql.DB) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM attempts", "DELETE FROM deliveries", "DELETE FROM cancellations", "DELETE FROM pending_events", "DELETE FROM events", "DELETE FROM nodes",
		"DELETE FROM subscriptions", "DELETE FROM accounts",
	} {
		if _, err := tx.ExecContext(context.Background(), statement); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}
