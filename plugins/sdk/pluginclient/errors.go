package pluginclient

import (
	"errors"
	"fmt"
)

// ErrBadReply tells that the plugin answered what the contract does not allow.
var ErrBadReply = errors.New("the provider's plugin gave an answer that the contract does not allow")

var errKilled = errors.New("the plugin was killed while it started")

func badReply(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrBadReply, fmt.Errorf(format, args...))
}
