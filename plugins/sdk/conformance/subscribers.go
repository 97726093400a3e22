package conformance

import (
	"context"
	"regexp"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/memengine"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

// secret makes a signing secret that the manifest's policy allows.
func (k *kit) secret() sdk.Secret {
	policies := []sdk.SecretPolicy{
		k.manifest.Secret,
		{Bytes: 32, Encoding: sdk.SecretEncodingBase64, Prefix: k.manifest.Secret.Prefix},
		{Bytes: 32, Encoding: sdk.SecretEncodingHex, Prefix: k.manifest.Secret.Prefix},
	}
	if k.manifest.Secret.Bytes == 0 {
		policies = policies[1:]
	}
	pattern, err := regexp.Compile("^(?:" + k.manifest.Secret.Pattern + ")$")
	for _, policy := range policies {
		secret, failure := secretkey.Generate(policy)
		if failure == nil && err == nil && (k.manifest.Secret.Pattern == "" || pattern.MatchString(secret.Reveal())) {
			return secret
		}
	}
	return ""
}

// subscribers are two subscriptions of the unified API to everything, with
// different secrets.
func (k *kit) subscribers(ctx context.Context) ([]*sdk.Subscription, error) {
	m := k.manifest
	m.Limits, m.UniqueName = nil, false
	engine := memengine.New(m)
	out := make([]*sdk.Subscription, 2)
	for i := range out {
		var err error
		if out[i], err = engine.CreateSubscription(ctx, k.spec()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
