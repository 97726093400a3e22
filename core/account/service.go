package account

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/core/account/jwtkey"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Store keeps accounts and keys. Errors are [*sdk.Error]: not found, conflict.
type Store interface {
	CreateAccount(ctx context.Context, a *Account) error
	Account(ctx context.Context, id uuid.UUID) (*Account, error)
	AccountByName(ctx context.Context, name string) (*Account, error)
	// UpdateAccount applies change to an account under its lock and counts its
	// version. Nothing is written if change returns an error. Errors: not found,
	// change's.
	UpdateAccount(ctx context.Context, id uuid.UUID, change func(*Account) error) (*Account, error)
	// ListAccounts reads a page in the order of ids, after the given one.
	ListAccounts(ctx context.Context, after uuid.UUID, limit int) ([]Account, error)
	CreateKey(ctx context.Context, k *Key, hash [sha256.Size]byte) error
	Key(ctx context.Context, accountID, id uuid.UUID) (*Key, error)
	KeyByHash(ctx context.Context, hash [sha256.Size]byte) (*Key, error)
	ListKeys(ctx context.Context, q KeyQuery) ([]Key, error)
	// RotateKey puts a new key in the place of one, under that one's lock. rotate
	// changes the old one's end and returns the new one. Nothing is written if it
	// returns an error. Errors: not found, rotate's, conflict (the token).
	RotateKey(ctx context.Context, accountID, id uuid.UUID, rotate func(old *Key) (*Key, [sha256.Size]byte, error)) (*Key, error)
	// NoteUse keeps when keys were last used; an earlier time changes nothing, and
	// neither does an unknown key.
	NoteUse(ctx context.Context, uses []KeyUse) error
	RevokeKey(ctx context.Context, accountID, id uuid.UUID, at time.Time) (*Key, error)
	// HasOperatorKey tells whether any usable operator key exists.
	HasOperatorKey(ctx context.Context, now time.Time) (bool, error)
}

// Service manages accounts and keys, and authenticates.
type Service struct {
	store Store
	now   func() time.Time
	log   *slog.Logger
	keys  *freshCache[keyName, Key]
	// accounts are by id or by name.
	accounts *freshCache[accountName, Account]
	buckets  *buckets
	emitter  Emitter // may be nil
	uses     *uses
	// tokens are the JWTs that were found to be good.
	tokens *tokenCache
	// jwt and signer are nil where such tokens are not taken.
	jwt    *jwtkey.Verifier
	signer *accesstoken.Signer
	// refused counts requests beyond the rate of events.
	refused instrument.Count
}

// Option adds a kind of credentials to those that a service knows.
type Option func(*Service)

// WithJWT takes tokens of another issuer in a key's place.
func WithJWT(v *jwtkey.Verifier) Option { return func(s *Service) { s.jwt = v } }

// WithAccessTokens makes and takes access tokens; see [Service.Grant].
func WithAccessTokens(signer *accesstoken.Signer) Option {
	return func(s *Service) { s.signer = signer }
}

// WithMeter has a meter take what is refused.
func WithMeter(m metric.Meter) Option {
	// That the definition can be made is tested with the definitions.
	return func(s *Service) { s.refused = instrument.For(m).Count(instrument.Refused) }
}

// NewService returns a service on a store.
func NewService(store Store, now func() time.Time, log *slog.Logger, options ...Option) *Service {
	s := &Service{
		store: store, now: now, log: log, keys: newFreshCache[keyName, Key](), accounts: newFreshCache[accountName, Account](), buckets: newBuckets(), uses: newUses(), tokens: newTokenCache(),
	}
	for _, o := range options {
		o(s)
	}
	return s
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
	a := &Account{ID: id, Name: name, Version: 1, CreatedAt: s.now()}
	if err := noteAccount(ctx, nil, a); err != nil {
		return nil, err
	}
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
