// Package audit keeps who changed what: one entry for every request that changed
// something, with the thing as it was before and after, its secrets masked.
//
// A request carries a [Log] in its context. Whoever makes a change notes it there;
// the store writes what was noted in the transaction of the change.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Actor is who made a change.
type Actor struct {
	// KeyID is zero where no API key stands behind the request, as for the token of
	// another issuer.
	KeyID   uuid.UUID
	KeyName string
	// Operator tells that the key is an operator's.
	Operator bool
	// Portal tells that a portal token of the key was used.
	Portal bool
}

// Resource is what was changed.
type Resource struct {
	// Type is one word, such as subscription or key.
	Type string
	ID   string
}

// Entry is one change.
type Entry struct {
	AccountID uuid.UUID
	// ID is a UUIDv7: entries are in the order of their time.
	ID    uuid.UUID
	At    time.Time
	Actor Actor
	// Action is the operationId of the unified API, or of a provider's API after the
	// provider's name and a dot.
	Action   string
	Resource Resource
	// Before and After are JSON with secrets masked; nil where there was nothing, or
	// is nothing any more.
	Before, After json.RawMessage
	RequestID     string
}

// Query selects a page of an account's entries, newest first. Empty fields select
// all.
type Query struct {
	AccountID    uuid.UUID
	KeyID        uuid.UUID
	Action       string
	ResourceType string
	ResourceID   string
	// From is the first time and To the end, which is not within.
	From, To time.Time
	// Before is the last id of the page before.
	Before uuid.UUID
	Limit  int
}

// Log gathers what a request changes.
type Log struct {
	// Actor, Action and RequestID stand in every entry.
	Actor     Actor
	Action    string
	RequestID string
	Now       func() time.Time

	mu      sync.Mutex
	waiting []Entry
	noted   bool
}

type logKey struct{}

// With returns a context whose changes the log gathers.
func With(ctx context.Context, l *Log) context.Context { return context.WithValue(ctx, logKey{}, l) }

// from returns the context's log; nil where changes are nobody's.
func from(ctx context.Context) *Log {
	l, _ := ctx.Value(logKey{}).(*Log)
	return l
}

// Carry returns ctx with the log of another context, if that has one.
func Carry(ctx, of context.Context) context.Context {
	if l := from(of); l != nil {
		return With(ctx, l)
	}
	return ctx
}

// Note notes a change of an account's resource. before and after are marshalled as
// JSON, nil is nothing; whoever notes masks secrets ([sdk.Secret] does itself).
// Without a log in the context it does nothing.
func Note(ctx context.Context, accountID uuid.UUID, r Resource, before, after any) error {
	l := from(ctx)
	if l == nil {
		return nil
	}
	e := Entry{AccountID: accountID, Actor: l.Actor, Action: l.Action, Resource: r, RequestID: l.RequestID}
	var err error
	if e.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	e.At = l.Now().UTC().Truncate(time.Microsecond)
	if e.Before, err = document(before); err == nil {
		e.After, err = document(after)
	}
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting, l.noted = append(l.waiting, e), true
	return nil
}

func document(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// Take returns what was noted and not yet taken, for the store to write. A
// transaction that fails takes it too, so that it is not written with another.
func Take(ctx context.Context) []Entry {
	l := from(ctx)
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.waiting
	l.waiting = nil
	return out
}

// Noted tells whether anything was noted.
func (l *Log) Noted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.noted
}
