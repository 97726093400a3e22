package storetest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	hiddenSecret  = "whsec_SUBSCRIPTION-SECRET"
	hiddenHeader  = "Bearer HEADER-SECRET"
	hiddenSetting = "SETTING-SECRET"
	hiddenToken   = "swh_TOKEN-SECRET"
	hiddenAuth    = "AUTH-SECRET"
	shownName     = "SHOWN-NAME"
)

// NothingInClear stores secrets and looks for them in what raw returns: every
// byte that the database keeps.
func NothingInClear(t *testing.T, st *store.Store, raw func() string) {
	t.Helper()
	id := newAccount(t, st, "acme")
	s := newSubscription(t, id, func(s *subscription.Subscription) {
		s.Name, s.Secret = shownName, hiddenSecret
		s.Headers = []sdk.Header{{Name: "Authorization", Value: hiddenHeader}}
		s.Settings = map[string]string{"password": hiddenSetting}
		s.Options.Auth = subscription.Auth{
			Basic:  &subscription.BasicAuth{Username: "u", Password: hiddenAuth},
			OAuth2: &subscription.OAuth2{ClientSecret: hiddenAuth},
			MTLS:   &subscription.ClientCertificate{PrivateKey: hiddenAuth},
		}
	})
	insert(t, st, s)
	newKey(t, st, id, hiddenToken)
	all := raw()
	require.Contains(t, all, shownName, "the raw bytes are those of the store")
	for _, hidden := range []string{hiddenSecret, hiddenHeader, hiddenSetting, hiddenToken, hiddenAuth} {
		require.NotContains(t, all, hidden)
		require.NotContains(t, all, hex.EncodeToString([]byte(hidden)))
		require.NotContains(t, all, base64.StdEncoding.EncodeToString([]byte(hidden))[:16])
	}
	_, err := st.KeyByHash(t.Context(), sha256.Sum256([]byte(hiddenToken)))
	require.NoError(t, err)
}

var secretTests = map[string]func(*testing.T, *store.Store){
	"the key that was used before passes": func(t *testing.T, st *store.Store) {
		require.NoError(t, st.Check(t.Context()))
		require.NoError(t, st.Check(t.Context()))
	},
}

// OtherKey checks that a store with another key is found out. first and second
// are the same database, opened with different boxes.
func OtherKey(t *testing.T, first, second *store.Store) {
	t.Helper()
	require.NoError(t, first.Check(t.Context()))
	id := newAccount(t, first, "acme")
	s := newSubscription(t, id, full)
	insert(t, first, s)
	require.ErrorContains(t, second.Check(t.Context()), "secret_key")
	_, err := second.Subscription(t.Context(), subscription.ByID(id, s.ID))
	require.ErrorContains(t, err, "secret cannot be decrypted")
	require.NotContains(t, err.Error(), s.Secret.Reveal())
	require.NoError(t, first.Check(t.Context()))
}
