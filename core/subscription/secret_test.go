package subscription_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// signing is a provider with two forms of secrets, as the standard one has.
func signing(m *sdk.Manifest) {
	m.Secret = sdk.SecretPolicy{
		Generate: true, Bytes: 24, Encoding: sdk.SecretEncodingBase64, Prefix: "whsec_", Pattern: "whsec_.*", Overlap: true,
	}
	pair := sdk.SecretPolicy{
		Generate: true, Bytes: 64, Encoding: sdk.SecretEncodingBase64, Prefix: "whsk_", Pattern: "whsk_.*", Overlap: true,
		KeyPair: &sdk.KeyPair{PublicPrefix: "whpk_", PublicSetting: "public_key"},
	}
	m.SecretVariants = []sdk.SecretVariant{{Setting: "signature", Value: "v1", Secret: m.Secret}, {Setting: "signature", Value: "v1a", Secret: pair}}
}

// single is a provider whose deliveries carry one signature.
func single(m *sdk.Manifest) {
	m.Secret = sdk.SecretPolicy{Generate: true, Bytes: 24, Encoding: sdk.SecretEncodingHex}
}

func overlap(d time.Duration) subscription.Rotation { return subscription.Rotation{Overlap: &d} }

// at is the service with another clock.
func (b *bench) at(now time.Time) *subscription.Service {
	return subscription.NewService(b.store, b.index, b.known, func(string) error { return nil }, func() time.Time { return now })
}

func TestRotationLeavesTheOldSecretValid(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("signing", signing), manifest("single", single))
	sub := b.create(t, b.owner("signing"), spec())
	sel := subscription.ByID(b.account, sub.ID)
	require.Empty(t, sub.ContractAt(now).PreviousSecret)

	rotated, err := b.RotateSecret(t.Context(), sel, overlap(time.Hour))
	require.NoError(t, err)
	require.NotEqual(t, sub.Secret, rotated.Secret)
	require.Equal(t, now.Add(time.Hour), rotated.PreviousSecretUntil)
	snapshot, err := b.index.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	kept, _ := snapshot.Get(sub.ID)
	require.Empty(t, kept.Contract().PreviousSecret, "adapters' APIs do not see it")
	during, last := kept.ContractAt(now), kept.ContractAt(now.Add(time.Hour-1))
	require.Equal(t, sub.Secret, during.PreviousSecret)
	require.Equal(t, rotated.Secret, during.Secret)
	require.Same(t, during, last)
	require.Same(t, kept.Contract(), kept.ContractAt(now.Add(time.Hour)))

	t.Run("A change of something else keeps it", func(t *testing.T) {
		got, err := b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Name: new("other")})
		require.NoError(t, err)
		require.Equal(t, sub.Secret, got.PreviousSecret)
	})
	t.Run("A second rotation ends the oldest", func(t *testing.T) {
		again, err := b.at(now.Add(time.Minute)).RotateSecret(t.Context(), sel, subscription.Rotation{Secret: "whsec_AAAA"})
		require.NoError(t, err)
		require.Equal(t, "whsec_AAAA", again.Secret.Reveal())
		require.Equal(t, rotated.Secret, again.PreviousSecret)
		require.Equal(t, now.Add(time.Minute+subscription.DefaultOverlap), again.PreviousSecretUntil)
	})
	t.Run("The first change after its end forgets it", func(t *testing.T) {
		got, err := b.at(now.Add(2*subscription.DefaultOverlap)).Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Name: new("name")})
		require.NoError(t, err)
		require.Empty(t, got.PreviousSecret)
		require.Zero(t, got.PreviousSecretUntil)
	})
	t.Run("Without overlap the old one stops", func(t *testing.T) {
		_, err := b.RotateSecret(t.Context(), sel, overlap(time.Hour))
		require.NoError(t, err)
		got, err := b.RotateSecret(t.Context(), sel, overlap(0))
		require.NoError(t, err)
		require.Empty(t, got.PreviousSecret)
	})
	t.Run("A secret that is set ends both", func(t *testing.T) {
		_, err := b.RotateSecret(t.Context(), sel, overlap(time.Hour))
		require.NoError(t, err)
		got, err := b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Secret: new(sdk.Secret("whsec_BBBB"))})
		require.NoError(t, err)
		require.Empty(t, got.PreviousSecret)
	})
}

func TestRotationRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("signing", signing), manifest("single", single), manifest("none"))
	for name, test := range map[string]struct {
		provider, field, says string
		rotation              subscription.Rotation
	}{
		"one signature": {"single", "/overlap_seconds", "one signature", overlap(time.Second)},
		"too long":      {"signing", "/overlap_seconds", "0 to 604800", overlap(subscription.MaxOverlap + time.Second)},
		"negative":      {"signing", "/overlap_seconds", "0 to 604800", overlap(-time.Second)},
		"form":          {"signing", "/secret", "must match whsec_.*", subscription.Rotation{Secret: "mine"}},
		"nothing":       {"none", "", "send the secret instead", subscription.Rotation{}},
	} {
		sub := b.create(t, b.owner(test.provider), spec())
		_, err := b.RotateSecret(t.Context(), subscription.ByID(b.account, sub.ID), test.rotation)
		var e *sdk.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, sdk.CodeInvalid, e.Code, name)
		if test.field == "" {
			require.Contains(t, e.Message, test.says, name)
			continue
		}
		require.Equal(t, test.field, e.Fields[0].Field, name)
		require.Contains(t, e.Fields[0].Message, test.says, name)
	}
	sub := b.create(t, b.owner("single"), spec())
	sel := subscription.ByID(b.account, sub.ID)
	_, err := b.RotateSecret(t.Context(), sel, subscription.Rotation{Secret: sub.Secret})
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "the same secret is no rotation")
	got, err := b.RotateSecret(t.Context(), sel, subscription.Rotation{Secret: "given"})
	require.NoError(t, err)
	require.Empty(t, got.PreviousSecret, "by default there is no overlap where there cannot be one")
}

func TestKeyPairs(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("signing", signing))
	asymmetric := func(s *sdk.SubscriptionSpec) {
		s.Settings = map[string]string{"signature": "v1a", "public_key": "forged"}
	}
	sub := b.create(t, b.owner("signing"), spec(asymmetric))
	require.Contains(t, sub.Secret.Reveal(), "whsk_")
	require.Contains(t, sub.Settings["public_key"], "whpk_")
	sel := subscription.ByID(b.account, sub.ID)

	rotated, err := b.RotateSecret(t.Context(), sel, overlap(time.Hour))
	require.NoError(t, err)
	require.Equal(t, sub.Secret, rotated.PreviousSecret)
	require.NotEqual(t, sub.Settings["public_key"], rotated.Settings["public_key"])

	same, err := b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Settings: &map[string]string{"signature": "v1a", "x": "y"}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"signature": "v1a", "x": "y", "public_key": rotated.Settings["public_key"]}, same.Settings)

	_, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Settings: &map[string]string{"signature": "v1"}})
	require.ErrorContains(t, err, "/secret", "a secret that is not shown cannot be made by a change")
	_, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Settings: &map[string]string{"signature": "v2"}})
	require.ErrorContains(t, err, "must be v1 or v1a")
	_, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Secret: new(sdk.Secret("whsk_hidden"))})
	require.ErrorContains(t, err, "private key")
	require.NotContains(t, err.Error(), "hidden")

	back, err := b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{
		Settings: &map[string]string{"public_key": same.Settings["public_key"]}, Secret: new(sdk.Secret("whsec_AAAA")),
	})
	require.NoError(t, err)
	require.Empty(t, back.Settings, "the public key goes with its secret")
	again, err := b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Settings: &map[string]string{"signature": "v1a"}})
	require.NoError(t, err)
	require.Contains(t, again.Secret.Reveal(), "whsk_", "the public key shows what a change has made")
	require.Contains(t, again.Settings["public_key"], "whpk_")
}

func TestOwnersReason(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("none"))
	sub := b.create(t, b.owner("none"), spec())
	sel := subscription.ByID(b.account, sub.ID)
	patch := func(enabled *bool, reason string) (*subscription.Subscription, error) {
		return b.UpdateWith(t.Context(), sel, 0, subscription.Patch{
			SubscriptionPatch: sdk.SubscriptionPatch{Enabled: enabled}, DisabledReason: &reason,
		})
	}
	_, err := patch(nil, "why")
	require.ErrorContains(t, err, "/disabled_reason", "it is enabled")
	_, err = patch(new(false), "line\nbreak")
	require.ErrorContains(t, err, "control characters")
	got, err := patch(new(false), "maintenance")
	require.NoError(t, err)
	require.Equal(t, "maintenance", got.OwnerReason)
	require.Empty(t, got.DisabledReason, "the engine's are told apart")
	got, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Enabled: new(true)})
	require.NoError(t, err)
	require.Empty(t, got.OwnerReason)
}
