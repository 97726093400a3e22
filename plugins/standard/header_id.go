package standard

import (
	"fmt"
	"strings"
)

// headerID is an event's id as a header can carry it: bytes outside of visible
// ASCII, and the percent sign itself, are percent-encoded. Ids of that kind are
// rare; the body always has the id as it is.
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
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '%' }
