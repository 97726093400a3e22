package account

import (
	"crypto/sha256"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// keyCacheTTL bounds how long another node's revocation may go unseen here.
	keyCacheTTL = time.Second
	// tokenCacheTTL bounds how long a JWT is trusted whose signing key may have been
	// withdrawn since.
	tokenCacheTTL = 5 * time.Minute
	cacheSize     = 10_000
)

// keyCache keeps keys for a short while. Unknown tokens are not kept, so that
// guessing cannot push known ones out.
type keyCache struct {
	entries *otter.Cache[keyName, cachedKey]
	// revocations that this node has made; a key that was read before one is read
	// again.
	revocations atomic.Uint64
}

// keyName finds a key by the hash of its token, or by its account and id.
type keyName struct {
	hash        [sha256.Size]byte
	account, id uuid.UUID
}

// cachedKey is a key and how many revocations there had been when it was read.
type cachedKey struct {
	key         *Key
	revocations uint64
}

func newKeyCache() *keyCache {
	return &keyCache{entries: otter.Must(&otter.Options[keyName, cachedKey]{
		MaximumSize:      cacheSize,
		ExpiryCalculator: otter.ExpiryWriting[keyName, cachedKey](keyCacheTTL),
	})}
}

// get returns a key, read by load unless it is kept; nil when there is none.
func (c *keyCache) get(name keyName, load func() (*Key, error)) (*Key, error) {
	revocations := c.revocations.Load()
	if e, ok := c.entries.GetIfPresent(name); ok && e.revocations == revocations {
		return e.key, nil
	}
	k, err := load()
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.entries.Set(name, cachedKey{k, revocations})
	return k, nil
}

func (c *keyCache) revoked() { c.revocations.Add(1) }

// tokenCache keeps what JWTs stand for, by their hash. Nothing expires by itself;
// what is out of date is left out when it is asked for.
type tokenCache struct {
	entries *otter.Cache[[sha256.Size]byte, *verified]
}

// verified is a JWT whose signature and claims were found to be good.
type verified struct {
	accountID uuid.UUID
	// keyID is the key that an access token stands for; zero for another issuer's
	// token.
	keyID  uuid.UUID
	scopes []string
	// until is when the token ends or must be looked at again.
	until time.Time
}

func newTokenCache() *tokenCache {
	return &tokenCache{entries: otter.Must(&otter.Options[[sha256.Size]byte, *verified]{MaximumSize: cacheSize})}
}

func (c *tokenCache) get(hash [sha256.Size]byte, now time.Time) *verified {
	v, ok := c.entries.GetIfPresent(hash)
	if !ok || !now.Before(v.until) {
		return nil
	}
	return v
}

func (c *tokenCache) set(hash [sha256.Size]byte, v *verified) { c.entries.Set(hash, v) }
