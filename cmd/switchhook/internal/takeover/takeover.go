// Package takeover makes the webhooks of an account at a vendor here too: it reads
// them through the vendor's own API and makes them through the same API of the
// gateway, both with the generated client, so nothing that the API says is lost.
package takeover

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Side is an API of a vendor: the vendor's own, or the gateway's.
type Side struct {
	// URL of the API; "" is the vendor's.
	URL string
	// Token of the account there.
	Token string
	// Account of the gateway to act for; "" with a key of its own.
	Account string
	// Organization and Workspace are Bird's.
	Organization, Workspace string
}

// Field is what a plan shows of a webhook. No value is a secret.
type Field struct{ Name, Value string }

// Webhook is one at the vendor.
type Webhook struct {
	// ID at the vendor.
	ID string
	// Title is how a plan calls it.
	Title  string
	Fields []Field
	// Present webhooks are here already, and stay as they are.
	Present bool
	// Unsigned says what becomes of a signature whose secret the vendor's API does not
	// show; "" where it shows all there is.
	Unsigned string

	identity string
	make     func(ctx context.Context, secret string) (made string, err error)
}

// Make makes the webhook here. secret signs its deliveries; "" where it has none.
// made is the secret that the gateway generated, if it did.
func (w *Webhook) Make(ctx context.Context, secret string) (made string, err error) {
	return w.make(ctx, secret)
}

// vendor is one that webhooks can be taken over from.
type vendor struct {
	url  string // "" must be named
	plan func(ctx context.Context, from, to Side) ([]Webhook, error)
}

var vendors = map[string]vendor{
	"bird":     {"https://api.bird.com", both(newBird)},
	"chatbot":  {"https://api.chatbot.com", both(newChatBot)},
	"vonage":   {"", both(newVonage)},
	"whatsapp": {"", both(newWhatsApp)},
}

// Vendors lists those that webhooks can be taken over from.
func Vendors() []string { return slices.Sorted(maps.Keys(vendors)) }

// errCallbell says what to do in place of it.
var errCallbell = errors.New("--from: Callbell's API has no operation that shows the account's webhook; copy its URL, events and " +
	"signing secret from the dashboard: switchhook subscription create --provider callbell --url … --events … --secret -")

// Plan reads the webhooks of the vendor's account, and which are here already.
func Plan(ctx context.Context, name string, from, to Side) ([]Webhook, error) {
	v, ok := vendors[name]
	switch {
	case name == "callbell":
		return nil, errCallbell
	case !ok:
		return nil, fmt.Errorf("--from: %q must be one of %s", name, strings.Join(Vendors(), ", "))
	case from.URL == "" && v.url == "":
		return nil, fmt.Errorf("--url: state the URL of the %s API; it differs from account to account", name)
	case from.URL == "":
		from.URL = v.url
	}
	to.Organization, to.Workspace = from.Organization, from.Workspace
	return v.plan(ctx, from, to)
}

// api is a vendor's API on one side, with webhooks as its generated client has them.
type api[T any] struct {
	list     func(ctx context.Context) ([]T, error)
	describe func(*T) Webhook
	create   func(ctx context.Context, w *T, secret string) (made string, err error)
}

func both[T any](connect func(Side) (api[T], error)) func(ctx context.Context, from, to Side) ([]Webhook, error) {
	return func(ctx context.Context, from, to Side) ([]Webhook, error) {
		there, err := connect(from)
		if err != nil {
			return nil, fmt.Errorf("--url: %w", err)
		}
		here, err := connect(to)
		if err != nil {
			return nil, fmt.Errorf("--server: %w", err)
		}
		theirs, err := there.list(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the vendor's list: %w", err)
		}
		ours, err := here.list(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the gateway's list: %w", err)
		}
		present := map[string]bool{}
		for i := range ours {
			w := here.describe(&ours[i])
			present[w.identity] = true
		}
		out := make([]Webhook, len(theirs))
		for i := range theirs {
			w := there.describe(&theirs[i])
			w.Present = present[w.identity]
			w.make = func(ctx context.Context, secret string) (string, error) { return here.create(ctx, &theirs[i], secret) }
			out[i] = w
		}
		return out, nil
	}
}
