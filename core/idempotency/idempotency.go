// Package idempotency answers repeated requests with the answer of the first one,
// as the Idempotency-Key header asks for (IETF draft
// draft-ietf-httpapi-idempotency-key-header): a client that lost an answer sends
// its request again, and nothing is made twice.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

const (
	// Kept is how long an answer is given again.
	Kept = 24 * time.Hour
	// Lease is how long a key is reserved for the one request that runs under it.
	// When its node died, the key is free after that.
	Lease = time.Minute
	// Runtime is how long that request may take. It is shorter than Lease, so that
	// the request has ended before another one may run.
	Runtime = 45 * time.Second
	// MaxAnswer is the largest answer that is kept, in bytes.
	MaxAnswer = 1 << 20
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// NewHash hashes parts, of which none can pass for the end of the one before.
func NewHash(parts ...[]byte) Hash {
	h := sha256.New()
	var length [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write(p)
	}
	return Hash(h.Sum(nil))
}

// Reservation is the right of one request to run under a key.
type Reservation struct {
	AccountID uuid.UUID
	// Key is of the caller and what it sent as Idempotency-Key.
	Key Hash
	// Fingerprint is of the request.
	Fingerprint Hash
	// Token tells this request from others under the same key.
	Token uuid.UUID
}

// Answer is what a request was answered.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Headers are those that belong to the answer, one value each.
	Headers map[string]string
	Body    []byte
	// Lost: the answer was too large to be kept.
	Lost bool
}

// Found is what the store has under a key that is taken.
type Found struct {
	Fingerprint Hash
	// Answer is nil while the first request runs.
	Answer *Answer
}

// Store keeps reservations and answers. Its clock is the database's where several
// nodes share one.
type Store interface {
	// ReserveKey takes a key for a while, where it is free or what is there has
	// expired; found is nil then. Of several at one time, one gets it.
	ReserveKey(ctx context.Context, r Reservation, lease time.Duration) (found *Found, err error)
	// KeepAnswer stores the answer under the key. It does nothing where another
	// request has the key by now.
	KeepAnswer(ctx context.Context, r Reservation, a *Answer, keep time.Duration) error
	// ReleaseKey frees the key, unless another request has it by now.
	ReleaseKey(ctx context.Context, r Reservation) error
}
