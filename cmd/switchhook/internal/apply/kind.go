package apply

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// kind is a kind of things of which an account has many, and a file a list.
type kind struct {
	// member of a file that has the list; one is what one of it is called.
	member, one string
	// takes is the schema of an entry, shows that of what the API answers.
	takes, shows func() (*openapi3.Schema, error)
	// of says which thing members mean; needs is a member without which they mean
	// none, naming are those that only say which.
	of     func(members map[string]any) fmt.Stringer
	needs  string
	naming []string
	// verbatim members are JSON of the account's own: they are compared as they are,
	// and nothing in them stands for what the gateway does not show.
	verbatim []string
	// order is that of the first members in an exported file; others follow by name.
	order []string
	// page lists the account's.
	page func(ctx context.Context, c *switchhook.Client, limit int, cursor *string) (*http.Response, error)
	// own tells whether a listed thing is the account's; nil where all are.
	own func(map[string]any) bool
	// create, update and remove make a change. body has the members to be changed.
	create func(d *Declared) change
	update func(d *Declared, current, body map[string]any) change
	remove func(current map[string]any) change
}

// change asks the gateway for one change. The note is for the one who asked.
type change func(context.Context, *switchhook.Client) (note string, err error)

// kinds in the order of a file, in which changes are made too: subscriptions come
// when their account and their types are as they shall be.
var kinds = []*kind{eventTypes, subscriptions}

// The parts of an account, by their members of a file.
const (
	Settings      = "account"
	EventTypes    = "event_types"
	Subscriptions = "subscriptions"
)

// Parts are some of them.
type Parts []string

// AllParts are all that a file may declare.
var AllParts = Parts{Settings, EventTypes, Subscriptions}

// Has tells whether a part is among them.
func (p Parts) Has(member string) bool { return slices.Contains(p, member) }

func schema(name string) (*openapi3.Schema, error) {
	doc, err := switchhook.GetSpec()
	if err != nil {
		return nil, err
	}
	ref := doc.Components.Schemas[name]
	if ref == nil || ref.Value == nil {
		return nil, fmt.Errorf("the API's document has no schema %s", name)
	}
	return ref.Value, nil
}

// hidden is how the gateway shows a value that it does not show; in a file it
// stands for the value that the gateway has.
const hidden = sdk.Redacted
