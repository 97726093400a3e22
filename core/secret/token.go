package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"strings"
)

const (
	tokenBytes = 32
	// tokenDigits is how many base-62 digits 256 bits need.
	tokenDigits = 43
)

// GenerateToken returns prefix followed by 256 random bits in 43 characters of
// [0-9A-Za-z], which no URL, shell or header has to escape.
func GenerateToken(prefix string) string {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the process instead
	digits := new(big.Int).SetBytes(b[:]).Text(62)
	return prefix + strings.Repeat("0", tokenDigits-len(digits)) + digits
}

// HashToken is what is stored of a token. Tokens hold 256 random bits, so a plain
// hash is as hard to reverse as a slow one.
func HashToken(token string) [32]byte { return sha256.Sum256([]byte(token)) }
