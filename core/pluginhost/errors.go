package pluginhost

import (
	"errors"
	"fmt"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

var (
	// ErrUnavailable tells that the plugin is down, or went down during the call. The error
	// is an [*UnavailableError].
	ErrUnavailable = errors.New("the provider's plugin is unavailable")
	// ErrBadReply tells that the plugin answered what the contract does not allow. To the
	// client this is an internal error.
	ErrBadReply = pluginclient.ErrBadReply
	// ErrUnknownProvider tells that no plugin is configured for the provider.
	ErrUnknownProvider = errors.New("no such provider")

	errClosed = errors.New("the gateway is shutting down")
)

// UnavailableError is why a plugin could not be asked. It matches [ErrUnavailable].
type UnavailableError struct {
	Provider string
	// Response is the provider's own envelope for this; nil when the plugin has
	// never been up.
	Response *sdk.Response
	// Err is the cause, for the log.
	Err error
}

// Error names the provider and the cause.
func (e *UnavailableError) Error() string {
	return fmt.Sprintf("the plugin of provider %s is unavailable: %v", e.Provider, e.Err)
}

// Is matches ErrUnavailable.
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }
