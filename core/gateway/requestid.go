package gateway

import (
	"context"
	"net/http"
	"regexp"

	"github.com/google/uuid"
)

const headerRequestID = "X-Request-Id"

// saneID is what is taken over of a client's request id: it goes into logs.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._:/+=@~-]{1,128}$`)

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to; "" outside of one.
// It is the client's X-Request-Id, or made up, and stands on every response.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func withRequestID(ctx context.Context, h http.Header) (context.Context, string) {
	id := h.Get(headerRequestID)
	if !saneID.MatchString(id) {
		id = uuid.NewString()
	}
	return context.WithValue(ctx, requestIDKey{}, id), id
}
