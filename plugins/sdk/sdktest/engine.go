package sdktest

import (
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/memengine"
)

// Engine is the engine that a harness answers with; see [memengine.Engine].
type Engine = memengine.Engine

// Published is an event that an adapter published to one subscription.
type Published = memengine.Published

// NewEngine returns an empty engine for the adapter of the manifest; see
// [memengine.New].
func NewEngine(m sdk.Manifest) *Engine { return memengine.New(m) }
