// Package sdktest tests an adapter without a gateway: [NewEngine] is an engine
// in memory, [Serve] sends requests through an adapter's handler and holds
// every request and answer against the adapter's own OpenAPI document.
package sdktest
