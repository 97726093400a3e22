package secretkey_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

func sum(mac hash.Hash, text string) string {
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func of(key, text string) string { return sum(hmac.New(sha256.New, []byte(key)), text) }

// A key is made once for the deliveries of a batch to one subscription, and starts
// anew for each of them.
func TestHMAC(t *testing.T) {
	t.Parallel()
	one := &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{Secret: "whsec_a2V5"}}
	other := &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{Secret: "other"}}
	fromBase64 := func(d *sdk.Delivery) hash.Hash {
		mac, err := secretkey.HMACFromBase64(d, "whsec_")
		require.NoError(t, err)
		return mac
	}
	for name, test := range map[string]struct {
		mac func(*sdk.Delivery) hash.Hash
		key string
	}{"Text": {secretkey.HMAC, "whsec_a2V5"}, "Base64": {fromBase64, "key"}} {
		batch := []sdk.Delivery{{Subscription: one}, {Subscription: one}, {Subscription: one}}
		sdk.Batch(batch)
		first := test.mac(&batch[0])
		for i := range batch {
			mac := test.mac(&batch[i])
			require.Same(t, first, mac, name)
			require.Equal(t, of(test.key, "body"), sum(mac, "body"), name)
		}
		alone := test.mac(&sdk.Delivery{Subscription: one})
		require.NotSame(t, first, alone, name)
		require.Equal(t, of(test.key, "body"), sum(alone, "body"), name)
	}
	batch := []sdk.Delivery{{Subscription: one}, {Subscription: other}}
	sdk.Batch(batch)
	require.Equal(t, of("whsec_a2V5", "x"), sum(secretkey.HMAC(&batch[0]), "x"))
	require.Equal(t, of("other", "x"), sum(secretkey.HMAC(&batch[1]), "x"), "another subscription has another key")
}

func TestHMACFromBase64Refuses(t *testing.T) {
	t.Parallel()
	sub := &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{Secret: "whsec_!!!!"}}
	batch := []sdk.Delivery{{Subscription: sub}, {Subscription: sub}}
	sdk.Batch(batch)
	for i := range batch {
		_, err := secretkey.HMACFromBase64(&batch[i], "whsec_")
		require.Equal(t, secretkey.ErrNotBase64, err)
	}
}
