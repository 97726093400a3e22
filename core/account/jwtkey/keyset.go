package jwtkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// maxKeySet bounds a key set in bytes; one of ten RSA keys with certificates has
// about 30 KiB.
const maxKeySet = 256 << 10

// minRSABits is the least size of an RSA key (RFC 7518, section 3.3).
const minRSABits = 2048

// readFile reads a key set that does not change. It is strict, since whoever
// wrote the file can mend it.
func readFile(path string) (oidc.KeySet, error) {
	body, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("auth.jwt.jwks_file: %w", err)
	}
	keys, faults, err := parseKeySet(body)
	if err = errors.Join(append([]error{err}, faults...)...); err != nil {
		return nil, fmt.Errorf("auth.jwt.jwks_file %s: %w", path, err)
	}
	set := &oidc.StaticKeySet{}
	for _, k := range keys {
		set.PublicKeys = append(set.PublicKeys, k.Key)
	}
	return set, nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeySet {
		return nil, fmt.Errorf("%s is not a file of at most %d bytes", path, maxKeySet)
	}
	return io.ReadAll(io.LimitReader(f, maxKeySet))
}

// parseKeySet reads the keys of a set that can check signatures. faults tell of
// keys that cannot; err is set where the whole is no set or none is left.
func parseKeySet(body []byte) (keys []jose.JSONWebKey, faults []error, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, nil, errors.New(`is not a JSON Web Key Set: give {"keys":[…]} with public keys (RFC 7517)`)
	}
	for i, raw := range set.Keys {
		var k jose.JSONWebKey
		if err := json.Unmarshal(raw, &k); err != nil {
			faults = append(faults, fmt.Errorf("keys[%d] is malformed or of an unknown type", i))
			continue
		}
		if k.Use == "enc" {
			continue
		}
		if fault := checkKey(k.Key); fault != "" {
			faults = append(faults, fmt.Errorf("keys[%d] %s", i, fault))
			continue
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		err = errors.New("has no public key that checks signatures")
	}
	return keys, faults, err
}

// checkKey tells why a key cannot be used; "" if it can.
func checkKey(key crypto.PublicKey) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return fmt.Sprintf("is an RSA key of %d bits: use at least %d", k.N.BitLen(), minRSABits)
		}
		return ""
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return ""
	case []byte:
		return "is a symmetric key: use auth.jwt.secret for a shared secret"
	default:
		return "is a private key: give its public half alone"
	}
}
