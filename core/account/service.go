package account

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"

	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Store keeps accounts and keys. Errors are [*sdk.Error]: not found, conflict.
type Store interface {
	CreateAccount(ctx context.Context, a *Account) error
	Account(ctx context.Context, id uuid.UUID) (*Account, error)
	AccountByName(ctx context.Context, name string) (*Account, error)
	// ListAccounts reads a page in the order of ids, after the given one.
	ListAccounts(ctx context.Context, after uuid.UUID, limit int) ([]Account, error)
	CreateKey(ctx context.Context, k *Key, hash [sha256.Size]byte) error
	KeyByHash(ctx context.Context, hash [sha256.Size]byte) (*Key, error)
	ListKeys(ctx context.Context, accountID, after uuid.UUID, limit int) ([]Key, error)
	RevokeKey(ctx context.Context, accountID, id uuid.UUID, at time.Time) (*Key, error)
	// HasOperatorKey tells whether any usable operator key exists.
	HasOperatorKey(ctx context.Context, now time.Time) (bool, error)
}

// keyCacheTTL bounds how long another node's revocation may go unseen here.
const keyCacheTTL = time.Second

// Service manages accounts and keys, and authenticates.
type Service struct {
	store Store
	now   func() time.Time
	log   *slog.Logger
	keys  *otter.Cache[[sha256.Size]byte, cachedKey]
	// revocations that this node has made; a key that was read before one is read
	// again.
	revocations atomic.Uint64
}

// cachedKey is a key and how many revocations there had been when it was read.
type cachedKey struct {
	key         *Key
	revocations uint64
}

// NewService returns a service on a store.
func NewService(store Store, now func() time.Time, log *slog.Logger) *Service {
	return &Service{
		store: store,
		now:   now,
		log:   log,
		keys: otter.Must(&otter.Options[[sha256.Size]byte, cachedKey]{
			MaximumSize:      10_000,
			ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, cachedKey](keyCacheTTL),
		}),
	}
}

// CreateAccount makes an account. Errors: invalid, conflict (the name).
func (s *Service) CreateAccount(ctx context.Context, name string) (*Account, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	a := &Account{ID: id, Name: name, CreatedAt: s.now()}
	if err := s.store.CreateAccount(ctx, a); err != nil {
		return nil, err
	}
	return a, nil
}

// Find returns the account of an id or a name. Errors: not found.
func (s *Service) Find(ctx context.Context, idOrName string) (*Account, error) {
	if id, err := uuid.Parse(idOrName); err == nil {
		return s.store.Account(ctx, id)
	}
	if CheckName(idOrName) != nil {
		// No account can have the name, and Postgres would refuse some of the text.
		return nil, sdk.Errorf(sdk.CodeNotFound, "There is no such account")
	}
	return s.store.AccountByName(ctx, idOrName)
}

// ListAccounts reads a page in the order of ids, after the given one.
func (s *Service) ListAccounts(ctx context.Context, after uuid.UUID, limit int) ([]Account, error) {
	return s.store.ListAccounts(ctx, after, limit)
}

const (
	// minTokenLength is the least length of a token that is taken over.
	minTokenLength = 16
	maxTokenLength = 4096
	maxKeyName     = 255
)

// notToken tells characters that a header could not carry as one word.
func notToken(r rune) bool { return r <= ' ' || r >= 0x7f }

// CreateKey makes a key and returns it with its token, which is not kept.
// Errors: invalid, not found (the account), conflict (the token is in use).
func (s *Service) CreateKey(ctx context.Context, in NewKey) (*Key, sdk.Secret, error) {
	token := in.Token
	if token == "" {
		token = sdk.Secret(secret.GenerateToken("swh_"))
	}
	if n := len(token.Reveal()); n < minTokenLength || n > maxTokenLength || strings.ContainsFunc(token.Reveal(), notToken) {
		return nil, "", sdk.InvalidField("/token", "must have %d to %d printable ASCII characters without spaces", minTokenLength, maxTokenLength)
	}
	if len(in.Name) > maxKeyName || !utf8.ValidString(in.Name) || strings.ContainsFunc(in.Name, unicode.IsControl) {
		return nil, "", sdk.InvalidField("/name", "must be at most %d characters without control characters", maxKeyName)
	}
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(s.now()) {
		return nil, "", sdk.InvalidField("/expires_at", "must be in the future")
	}
	if _, err := s.store.Account(ctx, in.AccountID); err != nil {
		return nil, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, "", err
	}
	scopes := in.Scopes
	if len(scopes) == 0 {
		scopes = []string{ScopeAll}
	}
	k := &Key{
		ID: id, AccountID: in.AccountID, Name: in.Name, Scopes: scopes, Operator: in.Operator,
		Hint: hint(token.Reveal()), CreatedAt: s.now(), ExpiresAt: in.ExpiresAt,
	}
	if err := s.store.CreateKey(ctx, k, secret.HashToken(token.Reveal())); err != nil {
		return nil, "", err
	}
	return k, token, nil
}

// hint shows at most a quarter of a token.
func hint(token string) string { return token[:min(len(token)/4, 8)] + "…" }

// ListKeys reads a page of an account's keys in the order of ids.
func (s *Service) ListKeys(ctx context.Context, accountID, after uuid.UUID, limit int) ([]Key, error) {
	return s.store.ListKeys(ctx, accountID, after, limit)
}

// RevokeKey ends a key; again is no error. Errors: not found.
func (s *Service) RevokeKey(ctx context.Context, accountID, id uuid.UUID) (*Key, error) {
	k, err := s.store.RevokeKey(ctx, accountID, id, s.now())
	if err != nil {
		return nil, err
	}
	s.revocations.Add(1)
	return k, nil
}
