package standard

import (
	"fmt"
	"strings"
)

// headerID is an event's id as a header can carry it and a signature can cover it:
// bytes outside of visible ASCII, the percent sign and the full stop are
// percent-encoded. The full stop parts what is signed, so an id must have none, else
// one signature could be good for another id, time and body (Standard Webhooks,
// "Signature scheme"). Ids of that kind are rare; the body always has the id as it is.
func headerID(id string) string {
	first := 0
	for first < len(id) && plain(id[first]) {
		first++
	}
	if first == len(id) {
		return id
	}
	var b strings.Builder
	b.WriteString(id[:first])
	for i := first; i < len(id); i++ {
		if c := id[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// plain bytes of an id stand for themselves in a header.
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '%' && c != '.' }
