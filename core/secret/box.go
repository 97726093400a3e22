// Package secret keeps what must not be readable: signing secrets are encrypted
// at rest, API keys are kept as hashes only.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// KeySize is the length of the encryption key in bytes (AES-256).
const KeySize = 32

// version stands first in everything sealed, so that a later key or cipher can
// be told from this one.
const version byte = 1

// ErrOpen is returned by [Box.Open] for a value that this key and row id did not
// seal.
var ErrOpen = errors.New("secret cannot be decrypted: it was sealed with another key " +
	"or for another row, or it was changed; start with the secret_key that sealed it")

// Box encrypts short texts with AES-256-GCM under random nonces. It may be used
// by several goroutines at once.
type Box struct {
	aead        cipher.AEAD
	fingerprint string
}

// NewBox returns a box for a key of [KeySize] bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("secret_key has %d bytes, want %d: make one with `openssl rand -base64 %d`",
			len(key), KeySize, KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret_key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("secret_key: %w", err)
	}
	return &Box{aead: aead, fingerprint: fingerprint(key)}, nil
}

// Seal encrypts plain for the row with the given id; only [Box.Open] with the
// same id gives it back, so a sealed value is worth nothing in another row. An
// empty text is nil.
func (b *Box) Seal(plain string, rowID []byte) ([]byte, error) {
	if plain == "" {
		return nil, nil
	}
	if len(rowID) == 0 {
		return nil, errors.New("secret: the row id is empty")
	}
	out := make([]byte, 1, 1+len(plain)+b.aead.Overhead())
	out[0] = version
	return b.aead.Seal(out, nil, []byte(plain), additionalData(rowID)), nil //nolint:gosec // the AEAD makes a random nonce itself
}

// Open decrypts what [Box.Seal] made for the same row id. Errors: [ErrOpen], and
// one that names the version of a value from a newer release.
func (b *Box) Open(sealed, rowID []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if sealed[0] != version {
		return "", fmt.Errorf("secret has the unknown version %d; it was sealed by a newer release", sealed[0])
	}
	plain, err := b.aead.Open(nil, nil, sealed[1:], additionalData(rowID))
	if err != nil {
		return "", ErrOpen
	}
	return string(plain), nil
}

// Fingerprint is a short hash of the key, fit for logs and for the store: a
// gateway that starts with another key than before can tell.
func (b *Box) Fingerprint() string { return b.fingerprint }

func additionalData(rowID []byte) []byte {
	return append([]byte{version}, rowID...)
}

// fingerprint hashes the key under a name of its own, so that it is no prefix of
// a hash used for anything else.
func fingerprint(key []byte) string {
	h := sha256.New()
	h.Write([]byte("switchhook secret_key fingerprint\x00"))
	h.Write(key)
	return hex.EncodeToString(h.Sum(nil)[:8])
}
