package idempotency

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// ErrReused is wrapped by the error for a key that came with another request
// before.
var ErrReused = errors.New("idempotency key reused")

// reusedError carries both: what the caller is told, and [ErrReused].
type reusedError struct{ told *sdk.Error }

// Error implements error.
func (e reusedError) Error() string { return e.told.Error() }

// Unwrap gives both.
func (e reusedError) Unwrap() []error { return []error{e.told, ErrReused} }

// Service runs requests once.
type Service struct {
	store Store
	log   *slog.Logger
}

// NewService returns a service.
func NewService(store Store, log *slog.Logger) *Service {
	return &Service{store: store, log: log}
}

// Request is one that came with a key.
type Request struct {
	AccountID   uuid.UUID
	Key         Hash
	Fingerprint Hash
}

// Do runs a request, or returns the answer of the one that ran under the key
// before (replayed). What run answers is kept if its status is 2xx; of others
// nothing was made, and the key is free again for the next try. run goes on when
// the caller is gone, within [Runtime]. Errors: invalid wrapped with [ErrReused],
// conflict while the first request runs or where its answer was not kept,
// unavailable.
func (s *Service) Do(ctx context.Context, in Request, run func(context.Context) *Answer) (a *Answer, replayed bool, err error) {
	token, err := uuid.NewV7()
	if err != nil {
		return nil, false, err
	}
	r := Reservation{AccountID: in.AccountID, Key: in.Key, Fingerprint: in.Fingerprint, Token: token}
	found, err := s.store.ReserveKey(ctx, r, Lease)
	if err != nil {
		return nil, false, err
	}
	if found != nil {
		a, err := repeated(in, found)
		return a, err == nil, err
	}
	return s.first(ctx, r, run), false, nil
}

// repeated answers a request whose key is taken.
func repeated(in Request, found *Found) (*Answer, error) {
	switch {
	case found.Fingerprint != in.Fingerprint:
		return nil, reusedError{&sdk.Error{
			Code: sdk.CodeInvalid, Message: "The Idempotency-Key came with another request before; use a new key for every new request",
			Fields: []sdk.FieldError{{In: "header", Field: "Idempotency-Key", Message: "was used for another method, path or body"}},
		}}
	case found.Answer == nil:
		return nil, sdk.Errorf(sdk.CodeConflict, "A request with this Idempotency-Key is running; send it again in a moment")
	case found.Answer.Lost:
		return nil, sdk.Errorf(sdk.CodeConflict,
			"The request with this Idempotency-Key succeeded, but its answer was too large to keep; read what it made")
	default:
		return found.Answer, nil
	}
}

// first runs the request that has the key.
func (s *Service) first(ctx context.Context, r Reservation, run func(context.Context) *Answer) *Answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Runtime)
	defer cancel()
	done := false
	defer func() {
		if !done { // run panicked
			s.release(ctx, r)
		}
	}()
	a := run(ctx)
	done = true
	if a.Status < 200 || a.Status > 299 {
		s.release(ctx, r)
		return a
	}
	kept := a
	if len(a.Body) > MaxAnswer {
		kept = &Answer{Status: a.Status, Lost: true}
	}
	if err := s.store.KeepAnswer(ctx, r, kept, Kept); err != nil {
		// The answer stands; a repetition will run when the reservation has ended.
		s.log.ErrorContext(ctx, "cannot keep the answer of an Idempotency-Key", slog.Any("error", err))
	}
	return a
}

func (s *Service) release(ctx context.Context, r Reservation) {
	if err := s.store.ReleaseKey(ctx, r); err != nil {
		s.log.ErrorContext(ctx, "cannot free an Idempotency-Key", slog.Any("error", err))
	}
}

// maxKey is the longest key that is taken, in characters.
const maxKey = 255

// ParseKey reads the header's value: visible ASCII characters, or the same in
// double quotes, which the draft asks for (an item of RFC 8941, section 3.3.3) and
// many clients leave out.
func ParseKey(values []string) (string, error) {
	invalid := func(message string) error {
		return &sdk.Error{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: []sdk.FieldError{
			{In: "header", Field: "Idempotency-Key", Message: message},
		}}
	}
	if len(values) != 1 {
		return "", invalid("must be given once")
	}
	text := strings.TrimSpace(values[0])
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		text = text[1 : n-1]
	}
	if text == "" || len(text) > maxKey || strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) >= 0 {
		return "", invalid("must have 1 to 255 visible ASCII characters without quotes and backslashes, such as a UUID")
	}
	return text, nil
}
