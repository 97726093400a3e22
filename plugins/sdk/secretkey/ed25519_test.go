package secretkey_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

var pairs = sdk.SecretPolicy{
	Prefix: "whsk_", Bytes: ed25519.PrivateKeySize, Encoding: sdk.SecretEncodingBase64,
	KeyPair: &sdk.KeyPair{PublicPrefix: "whpk_", PublicSetting: "public_key"},
}

// rfc8032 is the first test vector of RFC 8032, section 7.1.
var rfc8032 = struct{ seed, public string }{
	"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
}

func encoded(t *testing.T, digits string) sdk.Secret {
	t.Helper()
	raw, err := hex.DecodeString(digits)
	require.NoError(t, err)
	return sdk.Secret("whsk_" + base64.StdEncoding.EncodeToString(raw))
}

func TestPublicKeyOfTheVector(t *testing.T) {
	t.Parallel()
	want, err := hex.DecodeString(rfc8032.public)
	require.NoError(t, err)
	for _, secret := range []sdk.Secret{encoded(t, rfc8032.seed), encoded(t, rfc8032.seed+rfc8032.public)} {
		given := map[string]string{"a": "b", "public_key": "another"}
		got, err := secretkey.ShowPublic(given, secret, pairs)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "b", "public_key": "whpk_" + base64.StdEncoding.EncodeToString(want)}, got)
		require.Equal(t, "another", given["public_key"], "the caller's map is not changed")
	}
	got, err := secretkey.ShowPublic(nil, "whsec_AAAA", sdk.SecretPolicy{})
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = secretkey.ShowPublic(nil, "whsk_hidden", pairs)
	require.ErrorContains(t, err, "private key")
	require.NotContains(t, err.Error(), "hidden")
}

func TestEd25519Refuses(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]sdk.Secret{
		"Nothing": "", "NoBase64": "whsk_!!!!", "Short": "whsk_AAAA", "OtherPrefix": "whsec_" + encoded(t, rfc8032.seed)[5:],
		"OtherPublicKey": encoded(t, rfc8032.seed+rfc8032.seed),
	} {
		_, err := secretkey.Ed25519(secret, "whsk_")
		require.Equal(t, secretkey.ErrNotPrivateKey, err, name)
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	for _, p := range []sdk.SecretPolicy{
		pairs,
		{Prefix: "whsec_", Bytes: 24, Encoding: sdk.SecretEncodingBase64},
		{Bytes: 32, Encoding: sdk.SecretEncodingHex},
	} {
		first, err := secretkey.Generate(p)
		require.NoError(t, err)
		second, err := secretkey.Generate(p)
		require.NoError(t, err)
		require.NotEqual(t, first.Reveal(), second.Reveal())
		require.Equal(t, p.Prefix, first.Reveal()[:len(p.Prefix)])
		text := first.Reveal()[len(p.Prefix):]
		raw, err := hex.DecodeString(text)
		if p.Encoding == sdk.SecretEncodingBase64 {
			raw, err = base64.StdEncoding.DecodeString(text)
		}
		require.NoError(t, err)
		require.Len(t, raw, p.Bytes)
		if p.KeyPair != nil {
			_, err = secretkey.ShowPublic(nil, first, p)
			require.NoError(t, err)
		}
	}
}
