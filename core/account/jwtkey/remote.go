package jwtkey

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// refreshInterval is how long keys are trusted that the key server may have
// withdrawn since.
const refreshInterval = 5 * time.Minute

// errKeyServer is wrapped by what goes wrong between the gateway and the key
// server; no token is at fault.
var errKeyServer = errors.New("key server")

// remote checks tokens by a key set that is fetched when it is first needed, when
// a token names a key that is not in it, and from time to time. While the key
// server cannot be reached, the keys that are known stay.
type remote struct {
	url     string
	now     func() time.Time
	client  *http.Client
	current atomic.Pointer[remoteSet]
	// refreshing is held by the one request that replaces the set.
	refreshing sync.Mutex
}

type remoteSet struct {
	keys *oidc.RemoteKeySet
	// due is when the set is to be replaced.
	due time.Time
}

func newRemote(url string, now func() time.Time, log *slog.Logger) *remote {
	r := &remote{url: url, now: now, client: &http.Client{
		Transport:     newFetcher(now, log), // bounds its time itself, so that its errors stay whole
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	r.current.Store(r.newSet())
	return r
}

func (r *remote) newSet() *remoteSet {
	// The context carries the client; the set takes nothing else of it.
	ctx := oidc.ClientContext(context.Background(), r.client)
	return &remoteSet{keys: oidc.NewRemoteKeySet(ctx, r.url), due: r.now().Add(refreshInterval)}
}

// VerifySignature implements oidc.KeySet. The set takes asymmetric algorithms
// alone.
func (r *remote) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	set := r.current.Load()
	if r.now().Before(set.due) || !r.refreshing.TryLock() {
		return set.keys.VerifySignature(ctx, token)
	}
	defer r.refreshing.Unlock()
	fresh := r.newSet()
	payload, err := fresh.keys.VerifySignature(ctx, token)
	if err == nil {
		r.current.Store(fresh)
		return payload, nil
	}
	if !errors.Is(err, errKeyServer) {
		return nil, err // the token's fault, which says nothing of the set
	}
	r.current.Store(&remoteSet{keys: set.keys, due: r.now().Add(refreshInterval / 10)})
	return set.keys.VerifySignature(ctx, token)
}
