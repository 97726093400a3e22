// Package openapi holds the contracts, written by hand: one OpenAPI document a
// flavour, the unified API, the canonical events and the adapter's gRPC service.
// `make generate` makes everything below gen/ from them.
package openapi

//go:generate ./generate-proto.sh
//go:generate ./generate-api.sh -config configs/bird.cfg.yaml bird.yaml
//go:generate ./generate-api.sh -config configs/callbell.cfg.yaml callbell.yaml
//go:generate ./generate-api.sh -config configs/chatbot.cfg.yaml chatbot.yaml
//go:generate ./generate-api.sh -config configs/vonage.cfg.yaml vonage.yaml
//go:generate ./generate-api.sh -config configs/whatsapp.cfg.yaml whatsapp.yaml
//go:generate ./generate-api.sh -config configs/events.cfg.yaml events.yaml
//go:generate ./generate-api.sh -config configs/switchhook.cfg.yaml switchhook.yaml
//go:generate ./generate-api.sh -config configs/switchhook-document.cfg.yaml switchhook.yaml
