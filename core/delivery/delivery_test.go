package delivery

import (
	"bytes"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func anyID(t *rapid.T, label string) (id uuid.UUID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label))
	return id
}

func TestNewID(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		event, other, sub, otherSub := anyID(t, "event"), anyID(t, "other"), anyID(t, "sub"), anyID(t, "other sub")
		id := NewID(event, sub)
		require.Equal(t, id, NewID(event, sub), "found again it is the same")
		require.EqualValues(t, 7, id.Version())
		require.Equal(t, uuid.RFC4122, id.Variant())
		require.Equal(t, event[:6], id[:6], "it has the event's time")
		if sub != otherSub {
			require.NotEqual(t, id, NewID(event, otherSub))
		}
		if event != other {
			require.NotEqual(t, id, NewID(other, sub))
		}
	})
}

// It is kept in databases: another version must make the same.
func TestNewIDStays(t *testing.T) {
	t.Parallel()
	event := uuid.MustParse("019300a1-b2c3-7d4e-8f50-617283940506")
	sub := uuid.MustParse("019300a1-0000-7000-8000-000000000001")
	require.Equal(t, "019300a1-b2c3-712a-8fed-de2d98ac0443", NewID(event, sub).String())
}

func TestIDRange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		event, sub := anyID(t, "event"), anyID(t, "sub")
		first, last := IDRange(event)
		id := NewID(event, sub)
		require.LessOrEqual(t, bytes.Compare(first[:], id[:]), 0)
		require.LessOrEqual(t, bytes.Compare(id[:], last[:]), 0)
		later := event
		if later[5]++; later[5] != 0 { // a millisecond later
			id := NewID(later, sub)
			require.Positive(t, bytes.Compare(id[:], last[:]), "deliveries of another millisecond are not in the range")
		}
	})
}

func TestFinal(t *testing.T) {
	t.Parallel()
	for s, want := range map[sdk.DeliveryStatus]bool{
		0: false, sdk.DeliveryPending: false, sdk.DeliveryRetrying: false,
		sdk.DeliveryDelivered: true, sdk.DeliveryDead: true, sdk.DeliveryCancelled: true,
	} {
		require.Equal(t, want, Final(s), s)
	}
}
