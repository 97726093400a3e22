package gateway

import "github.com/switchhook/switchhook/core/provider"

// Accepts tells why the gateway could not serve a provider's document; nil if it can.
// It is what the conformance check of an adapter cannot know by the manifest
// alone: paths that cannot be told apart, security schemes that there is no way
// for, extensions (x-namespace, x-accept, x-default-content-type) that are wrong.
func Accepts(p *provider.Provider) error {
	_, err := newFlavour(p)
	return err
}
