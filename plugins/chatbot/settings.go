package chatbot

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// verification is what is done to verify an endpoint. The vendor documents the
// request, and that a webhook is only added when it is answered well, but not how
// a failure is answered; and it verifies endpoints that are up already, which
// many subscribers of a gateway are not yet.
type verification int32

const (
	// verifyRecord verifies in the background; a failure becomes the webhook's error.
	verifyRecord verification = iota
	// verifyEnforce verifies first, and refuses the webhook where that fails.
	verifyEnforce
	verifyOff
)

var verifications = map[string]verification{"record": verifyRecord, "enforce": verifyEnforce, "off": verifyOff}

var errVerify = errors.New("settings.verify: must be record, enforce or off")

// Configure implements [sdk.Configurer]. The one setting is verify.
func (a *adapter) Configure(settings map[string]sdk.Secret) error {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if name != "verify" {
			return fmt.Errorf("settings.%s: there is no such setting; the only one is verify", name)
		}
	}
	text, ok := settings["verify"]
	if !ok {
		return nil
	}
	v, ok := verifications[text.Reveal()]
	if !ok {
		return errVerify
	}
	a.verify.Store(int32(v))
	return nil
}
