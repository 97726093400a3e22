// Package storetest is the one suite that both databases must pass, and the
// throw-away Postgres for tests of any package.
package storetest

import (
	"testing"

	"github.com/switchhook/switchhook/core/store"
)

// Run runs the suite. open returns an empty store with the newest schema, which
// is closed at the end of the test.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for name, topic := range map[string]map[string]func(*testing.T, *store.Store){
		"accounts":      accountTests,
		"audit":         auditTests,
		"audited":       auditedTests,
		"keys":          keyTests,
		"expiring keys": keyExpiryTests,
		"subscriptions": subscriptionTests,
		"transactions":  transactionTests,
		"events":        eventTests,
		"commit":        commitTests,
		"outcomes":      outcomeTests,
		"attempts":      attemptTests,
		"deliveries":    deliveryTests,
		"claim":         claimTests,
		"held":          heldTests,
		"cancel":        cancelTests,
		"search":        searchTests,
		"replays":       replayTests,
		"nodes":         nodeTests,
		"secrets":       secretTests,
		"concurrency":   concurrencyTests,
		"retention":     retentionTests,
		"idempotency":   idempotencyTests,
		"delayed":       delayedTests,
		"event types":   eventTypeTests,
		"statistics":    statisticsTests,
		"spans":         spanTests,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, test := range topic {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, open(t))
				})
			}
		})
	}
}
