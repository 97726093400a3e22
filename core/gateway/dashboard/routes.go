package dashboard

import (
	"net/http"
	"strings"
)

// routes says which page stands where. What changes something is a POST.
func (d *Dashboard) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+loginPath, d.loginPage)
	mux.HandleFunc("POST "+loginPath, d.login)
	mux.HandleFunc("POST "+Path+"/logout", d.logout)
	for pattern, serve := range map[string]func(*visit) error{
		"GET /{$}":         (*visit).overview,
		"POST /ui/account": (*visit).switchAccount,

		"GET /ui/subscriptions":              (*visit).subscriptions,
		"GET /ui/subscriptions/new":          (*visit).newSubscription,
		"POST /ui/subscriptions/new":         (*visit).createSubscription,
		"GET /ui/subscriptions/{id}":         (*visit).subscription,
		"GET /ui/subscriptions/{id}/edit":    (*visit).editSubscription,
		"POST /ui/subscriptions/{id}/edit":   (*visit).updateSubscription,
		"POST /ui/subscriptions/{id}/state":  (*visit).setSubscriptionState,
		"POST /ui/subscriptions/{id}/test":   (*visit).testSubscription,
		"POST /ui/subscriptions/{id}/secret": (*visit).rotateSecret,
		"GET /ui/subscriptions/{id}/delete":  (*visit).confirmDelete,
		"POST /ui/subscriptions/{id}/delete": (*visit).deleteSubscription,

		"GET /ui/deliveries":              (*visit).deliveries,
		"GET /ui/deliveries/{id}":         (*visit).delivery,
		"POST /ui/deliveries/{id}/retry":  (*visit).retryDelivery,
		"POST /ui/deliveries/{id}/cancel": (*visit).cancelDelivery,

		"GET /ui/events":              (*visit).events,
		"GET /ui/events/{id}":         (*visit).event,
		"POST /ui/events/{id}/cancel": (*visit).cancelEvent,
		"GET /ui/event-types":         (*visit).eventTypes,

		"GET /ui/traces":      (*visit).traces,
		"GET /ui/traces/{id}": (*visit).trace,

		"GET /ui/replays":              (*visit).replays,
		"GET /ui/replays/new":          (*visit).newReplay,
		"POST /ui/replays/new":         (*visit).createReplay,
		"GET /ui/replays/{id}":         (*visit).replay,
		"POST /ui/replays/{id}/pause":  (*visit).pauseReplay,
		"POST /ui/replays/{id}/resume": (*visit).resumeReplay,
		"POST /ui/replays/{id}/cancel": (*visit).cancelReplay,

		"GET /ui/keys":              (*visit).keys,
		"GET /ui/keys/new":          (*visit).newKey,
		"POST /ui/keys/new":         (*visit).createKey,
		"GET /ui/keys/{id}/rotate":  (*visit).confirmRotate,
		"POST /ui/keys/{id}/rotate": (*visit).rotateKey,
		"GET /ui/keys/{id}/revoke":  (*visit).confirmRevoke,
		"POST /ui/keys/{id}/revoke": (*visit).revokeKey,

		"GET /ui/audit":            (*visit).audit,
		"GET /ui/providers":        (*visit).providers,
		"GET /ui/providers/{name}": (*visit).provider,

		"GET /ui/{$}":      func(v *visit) error { return v.redirect("/", "") },
		"GET " + Path:      func(v *visit) error { return v.redirect("/", "") },
		"GET /ui/{any...}": func(*visit) error { return errNoPage },
	} {
		mux.HandleFunc(pattern, d.inside(serve))
	}
}

// noteRoute tells who counts requests the template of the path that the mux has
// found: never a path itself, and nothing for one that is no page's.
func noteRoute(w http.ResponseWriter, r *http.Request) {
	n, ok := w.(interface{ NoteRoute(route string) })
	_, route, known := strings.Cut(r.Pattern, " ")
	if !ok || !known || strings.Contains(route, "{any...}") {
		return
	}
	n.NoteRoute(strings.TrimSuffix(route, "{$}"))
}
