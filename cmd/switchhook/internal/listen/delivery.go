package listen

import (
	"encoding/json"
	"errors"
	"net/url"
)

// hopByHop fields are of one connection (RFC 9110, section 7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Accept-Encoding"}

// attributes are the event's, as the body says: a CloudEvent in structured mode.
func attributes(body []byte) (id, eventType string) {
	var e struct{ ID, Type string }
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	return e.ID, e.Type
}

// reason drops the URL, which the user knows, from a client's error.
func reason(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
