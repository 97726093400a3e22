package account

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
)

// tokenCacheTTL bounds how long a JWT is trusted whose signing key may have been
// withdrawn since.
const tokenCacheTTL = 5 * time.Minute

// keyName finds a key by the hash of its token, or by its account and id.
type keyName struct {
	hash        [sha256.Size]byte
	account, id uuid.UUID
}

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
	keyID uuid.UUID
	// keyAccount is that of the key, where an operator's acts for another account.
	keyAccount uuid.UUID
	scopes     []string
	portal     bool
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
