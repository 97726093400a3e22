package unified

import (
	"fmt"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/core/account"
)

// setPace says how many events the account may still publish.
func setPace(h http.Header, p *account.Pace) {
	if policy, left := paceText(p); policy != "" {
		h.Set("RateLimit-Policy", policy)
		h.Set("RateLimit", left)
	}
}

// paceText is what draft-ietf-httpapi-ratelimit-headers-10 has for a pace: of the
// policy's quota q in a window of w seconds, r are left, and all are back in t
// seconds. It is empty where no rate is set.
func paceText(p *account.Pace) (policy, left string) {
	if p == nil {
		return "", ""
	}
	return fmt.Sprintf(`"events";q=%d;w=%d`, p.Limit, max(1, wholeSeconds(p.Window))),
		fmt.Sprintf(`"events";r=%d;t=%d`, p.Remaining, wholeSeconds(p.Reset))
}

// wholeSeconds rounds up.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
