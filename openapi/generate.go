// Package openapi holds the contracts, written by hand: one OpenAPI document a
// flavour, the unified API, the canonical events and the adapter's gRPC service.
// `make generate` makes everything below gen/ from them.
package openapi

//go:generate ./generate-proto.sh
