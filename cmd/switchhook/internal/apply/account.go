package apply

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const limitsMember = "limits"

// accountEntry is what PATCH /v1/accounts/{account} takes.
var accountEntry = sync.OnceValues(func() (*openapi3.Schema, error) { return schema("AccountPatch") })

// accountName is an account in a plan.
type accountName string

// String implements fmt.Stringer.
func (n accountName) String() string { return "account " + string(n) }

// settings are those of an account as the API shows them, and the ETag of this
// state.
type settings struct {
	name    string
	members map[string]any
	tag     string
}

func (f *File) readAccount(entry any) error {
	members, ok := entry.(map[string]any)
	if !ok {
		f.fault("/"+Settings, "must be a mapping with event_validation and limits")
		return nil
	}
	takes, err := accountEntry()
	if err != nil {
		return err
	}
	f.check(takes, "/"+Settings, members)
	f.account = &Declared{members: members, pointer: "/" + Settings}
	return nil
}

// compareAccount is the change that makes the account's settings what the file
// says; limits that it does not name stay.
func (f *File) compareAccount(current *settings) *Change {
	c := &Change{Kind: Update, Of: accountName(current.name), pointer: f.account.pointer}
	body := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(f.account.members)) {
		want, have := f.account.members[name], current.members[name]
		if same, _ := equal(want, have); same {
			continue
		}
		if name != limitsMember {
			body[name] = want
			c.Fields = append(c.Fields, Field{name, show(have), f.show(c.pointer+"/"+name, want)})
			continue
		}
		body[name] = c.limits(want, have)
	}
	c.do = patchAccount(current, body)
	return c
}

// limits are all limits as they shall be, since the API replaces them at once.
func (c *Change) limits(want, have any) map[string]any {
	wanted, _ := want.(map[string]any)
	now, _ := have.(map[string]any)
	all := map[string]any{}
	if len(wanted) > 0 {
		maps.Copy(all, now)
	}
	maps.Copy(all, wanted)
	both := maps.Clone(all)
	maps.Copy(both, now)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if same, _ := equal(all[name], now[name]); !same {
			c.Fields = append(c.Fields, Field{limitsMember + "." + name, show(now[name]), show(all[name])})
		}
	}
	return all
}

func patchAccount(current *settings, body map[string]any) change {
	return func(ctx context.Context, c *switchhook.Client) (string, error) {
		text, err := jsondata.Marshal(body)
		if err != nil {
			return "", err
		}
		params := &switchhook.UpdateAccountParams{}
		if current.tag != "" {
			params.IfMatch = &current.tag
		}
		_, err = answer.Read(c.UpdateAccountWithBody(ctx, current.name, params, contentType, bytes.NewReader(text)))
		return "", err
	}
}

func readSettings(ctx context.Context, c *switchhook.Client, name string) (*settings, error) {
	body, tag, err := answer.Tagged(c.GetAccount(ctx, name))
	if err != nil {
		return nil, err
	}
	members, err := answer.Decode[map[string]any](body)
	return &settings{name: name, members: members, tag: tag}, err
}
