package subscription

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/segmentio/ksuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// newExternalID makes an id in a provider's form. Only numbers need next, which
// counts within the account.
func newExternalID(format sdk.IDFormat, id uuid.UUID, now time.Time, next func() (int64, error)) (string, error) {
	switch format {
	case sdk.IDFormatUUID:
		return id.String(), nil
	case sdk.IDFormatKSUID:
		k, err := ksuid.NewRandomWithTime(now)
		return k.String(), err
	case sdk.IDFormatHex24:
		return newHex24(now)
	case sdk.IDFormatInteger:
		n, err := next()
		return strconv.FormatInt(n, 10), err
	default:
		return "", fmt.Errorf("unknown id format %d", format)
	}
}

// newHex24 makes 12 bytes like MongoDB's ObjectId: seconds, then randomness.
func newHex24(now time.Time) (string, error) {
	var b [12]byte
	if _, err := rand.Read(b[4:]); err != nil {
		return "", err
	}
	binary.BigEndian.PutUint32(b[:4], uint32(now.Unix())) //nolint:gosec // wraps in 2106, as ObjectIds do
	return hex.EncodeToString(b[:]), nil
}
