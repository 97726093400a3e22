package secretkey

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"maps"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// ErrNotPrivateKey does not repeat the secret.
var ErrNotPrivateKey = errors.New("the secret must be a private key of Ed25519 in Base64: " +
	"the seed of 32 bytes, or 64 with its public key behind it")

// Ed25519 returns the private key (RFC 8032) that a secret writes in Base64 after a
// prefix. Errors: [ErrNotPrivateKey], also where the public key is not the seed's.
func Ed25519(secret sdk.Secret, prefix string) (ed25519.PrivateKey, error) {
	raw, err := FromBase64(secret, prefix)
	if err != nil || (len(raw) != ed25519.SeedSize && len(raw) != ed25519.PrivateKeySize) {
		return nil, ErrNotPrivateKey
	}
	key := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	if len(raw) == ed25519.PrivateKeySize && !bytes.Equal(raw, key) {
		return nil, ErrNotPrivateKey
	}
	return key, nil
}

// ShowPublic returns settings with the public key of a secret, in the setting that
// the policy's KeyPair names; without a KeyPair or a secret it returns them as they
// are. Errors: invalid (the secret).
func ShowPublic(settings map[string]string, secret sdk.Secret, p sdk.SecretPolicy) (map[string]string, error) {
	if p.KeyPair == nil || secret == "" {
		return settings, nil
	}
	key, err := Ed25519(secret, p.Prefix)
	if err != nil {
		return nil, sdk.InvalidField("/secret", "must be %s and, in Base64, a private key of Ed25519: the seed of 32 bytes, "+
			"or 64 with its public key behind it", p.Prefix)
	}
	out := make(map[string]string, len(settings)+1)
	maps.Copy(out, settings)
	out[p.KeyPair.PublicSetting] = p.KeyPair.PublicPrefix + base64.StdEncoding.EncodeToString(key[ed25519.SeedSize:])
	return out, nil
}
