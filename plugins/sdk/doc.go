// Package sdk is what a plugin author reads: the adapter contract in native Go.
//
// An adapter makes one provider's webhook API out of Switchhook's engine. It
// implements [Adapter] and its main function is one line:
//
//	func main() { sdk.Serve(callbell.New()) }
//
// The HTTP side is a handler generated from the provider's OpenAPI document
// (oapi-codegen, chi-server and strict-server); inside an operation,
// [EngineFrom] gives the engine, limited to the account of the request. The
// delivery side is Render, which turns one delivery into one signed HTTP
// request. The gateway has authenticated and validated a request before the
// adapter sees it, keeps the limits of the [Manifest], sends, retries and
// records; the adapter does no I/O of its own.
package sdk
