package account

import (
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Scopes of the unified API. A key may also hold scopes of a vendor's API, such
// as Vonage's admin:read, and "*", which is every scope.
const (
	ScopeAll                = "*"
	ScopeEventsRead         = "events:read"
	ScopeEventsWrite        = "events:write"
	ScopeEventTypesRead     = "event_types:read"
	ScopeEventTypesWrite    = "event_types:write"
	ScopeSubscriptionsRead  = "subscriptions:read"
	ScopeSubscriptionsWrite = "subscriptions:write"
	ScopeDeliveriesRead     = "deliveries:read"
	ScopeDeliveriesWrite    = "deliveries:write"
	ScopeReplaysRead        = "replays:read"
	ScopeReplaysWrite       = "replays:write"
	ScopeKeysRead           = "keys:read"
	ScopeKeysWrite          = "keys:write"
	ScopeAuditRead          = "audit:read"
)

// ScopeOperator is no scope that a key is given: what asks for it asks for an
// operator key.
const ScopeOperator = "operator"

// Scopes lists the unified API's scopes.
func Scopes() []string {
	return []string{
		ScopeAll, ScopeEventsRead, ScopeEventsWrite, ScopeEventTypesRead, ScopeEventTypesWrite,
		ScopeSubscriptionsRead, ScopeSubscriptionsWrite,
		ScopeDeliveriesRead, ScopeDeliveriesWrite, ScopeReplaysRead, ScopeReplaysWrite, ScopeKeysRead, ScopeKeysWrite,
		ScopeAuditRead,
	}
}

// CheckScopes tells which scope is neither the unified API's nor one of vendor;
// nil if all are known.
func CheckScopes(scopes, vendor []string) error {
	known := append(Scopes(), vendor...)
	for _, s := range scopes {
		if !slices.Contains(known, s) {
			return sdk.InvalidField("/scopes", "%q is not a scope; known are %s", s, strings.Join(known, ", "))
		}
	}
	return nil
}
