package unified

import (
	"fmt"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/core/account"
)

// setPace says how many events the account may still publish, as
// draft-ietf-httpapi-ratelimit-headers-10 does: of the policy's quota q in a
// window of w seconds, r are left, and all are back in t seconds.
func setPace(h http.Header, p *account.Pace) {
	if p == nil {
		return
	}
	h.Set("RateLimit-Policy", fmt.Sprintf(`"events";q=%d;w=%d`, p.Limit, max(1, wholeSeconds(p.Window))))
	h.Set("RateLimit", fmt.Sprintf(`"events";r=%d;t=%d`, p.Remaining, wholeSeconds(p.Reset)))
}

// wholeSeconds rounds up.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
