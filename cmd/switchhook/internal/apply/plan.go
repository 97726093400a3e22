package apply

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Kind is what a change does.
type Kind string

// The kinds of changes, as plans show them.
const (
	Create Kind = "+"
	Update Kind = "~"
	Delete Kind = "-"
)

// Change is one step of a plan.
type Change struct {
	Kind Kind
	Identity
	// ID is the subscription's; "" of one that is to be made.
	ID string
	// Fields are what changes.
	Fields []Field

	declared *Declared
	current  map[string]any
	body     map[string]any
}

// Field is a member that changes. Secrets are not shown.
type Field struct{ Name, From, To string }

// Plan is what makes the account's subscriptions those of the file.
type Plan struct {
	// Changes in the order in which they are made: deletions first, which make room
	// below providers' limits, then changes, then new ones.
	Changes []Change
	// Same counts subscriptions that are as declared, Others those that the file
	// does not name and that stay.
	Same, Others int
}

// PlanOptions say how far a plan goes.
type PlanOptions struct {
	// Prune deletes what the file does not name.
	Prune bool
	// Secrets sends the secrets of the file again, which cannot be compared: the
	// gateway does not show them.
	Secrets bool
}

// NewPlan compares a file with the account's subscriptions, as the API lists them.
func NewPlan(f *File, current []map[string]any, o PlanOptions) (*Plan, error) {
	shown, err := shownSchema()
	if err != nil {
		return nil, err
	}
	p, byIdentity, named := &Plan{}, map[Identity][]map[string]any{}, map[string]bool{}
	for _, c := range current {
		byIdentity[identity(c)] = append(byIdentity[identity(c)], c)
	}
	var updates, creates []Change
	for i := range f.Subscriptions {
		d := &f.Subscriptions[i]
		same := byIdentity[d.Identity]
		if len(same) > 1 {
			f.fault(d.pointer, fmt.Sprintf("the account has %d subscriptions %s: %s; delete all but one, or give them names",
				len(same), d.Identity, strings.Join(ids(same), ", ")))
			continue
		}
		if len(same) == 0 {
			f.wantsValues(d.pointer, d.members)
			creates = append(creates, Change{Kind: Create, Identity: d.Identity, declared: d, body: d.members, Fields: created(f, d)})
			continue
		}
		named[text(same[0]["id"])] = true
		c := f.compare(d, same[0], o, func(name string) bool { return shown.Properties[name] != nil })
		if len(c.Fields) == 0 {
			p.Same++
			continue
		}
		updates = append(updates, c)
	}
	for _, c := range current {
		switch {
		case named[text(c["id"])]:
		case o.Prune:
			p.Changes = append(p.Changes, Change{Kind: Delete, Identity: identity(c), ID: text(c["id"]), current: c})
		default:
			p.Others++
		}
	}
	p.Changes = append(append(p.Changes, updates...), creates...)
	if err := f.reader.failed(f.Name); err != nil {
		return nil, err
	}
	return p, nil
}

// compare is the change that makes a subscription what the file says. What the
// file does not name stays.
func (f *File) compare(d *Declared, current map[string]any, o PlanOptions, shown func(string) bool) Change {
	c := Change{Kind: Update, Identity: d.Identity, ID: text(current["id"]), declared: d, current: current, body: map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(d.members)) {
		if name == "provider" || name == "namespace" || name == "name" {
			continue
		}
		want, pointer := d.members[name], d.pointer+"/"+name
		if !shown(name) {
			if o.Secrets && want != hidden {
				c.body[name] = want
				c.Fields = append(c.Fields, Field{Name: name, To: "set again"})
			}
			continue
		}
		same, unseen := equal(want, current[name])
		if same && (!o.Secrets || !unseen) {
			continue
		}
		f.wantsValues(pointer, want)
		c.body[name] = want
		switch {
		case same:
			c.Fields = append(c.Fields, Field{Name: name, To: "set again"})
		case sensitive[name]:
			c.Fields = append(c.Fields, Field{Name: name, To: "changed"})
		default:
			c.Fields = append(c.Fields, Field{Name: name, From: show(current[name]), To: f.show(pointer, want)})
		}
	}
	return c
}

// sensitive members may hold credentials and are not written out.
var sensitive = map[string]bool{"secret": true, "headers": true, "auth": true}

// created are the members of a new subscription for the plan.
func created(f *File, d *Declared) []Field {
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(d.members)) {
		switch {
		case name == "provider" || name == "namespace" || name == "name":
		case sensitive[name]:
			out = append(out, Field{Name: name, To: "given"})
		default:
			out = append(out, Field{Name: name, To: f.show(d.pointer+"/"+name, d.members[name])})
		}
	}
	return out
}

// equal tells whether a value is as declared, and whether a part of it is not
// shown and so taken to be. A map that is shown with more members is the same:
// gateway and providers add some of their own. An empty one is empty.
func equal(want, have any) (same, unseen bool) {
	if have == hidden {
		_, ok := want.(string)
		return ok, ok && want != hidden
	}
	switch want := want.(type) {
	case map[string]any:
		have, ok := have.(map[string]any)
		if !ok || len(want) == 0 && len(have) > 0 {
			return false, false
		}
		for name, v := range want {
			s, u := equal(v, have[name])
			if !s {
				return false, false
			}
			unseen = unseen || u
		}
		return true, unseen
	case []any:
		have, ok := have.([]any)
		if !ok || len(have) != len(want) {
			return false, false
		}
		for i := range want {
			s, u := equal(want[i], have[i])
			if !s {
				return false, false
			}
			unseen = unseen || u
		}
		return true, unseen
	default:
		return reflect.DeepEqual(want, have), false
	}
}

// wantsValues refuses the sign of a hidden value where the value itself is sent.
func (f *File) wantsValues(pointer string, v any) {
	switch v := v.(type) {
	case string:
		if v == hidden {
			f.fault(pointer, "the gateway does not show this value: state it, for instance as ${VARIABLE}")
		}
	case map[string]any:
		for name, member := range v {
			f.wantsValues(pointer+"/"+escape.Replace(name), member)
		}
	case []any:
		for i, item := range v {
			f.wantsValues(fmt.Sprintf("%s/%d", pointer, i), item)
		}
	}
}

func ids(subs []map[string]any) []string {
	out := make([]string, len(subs))
	for i, s := range subs {
		out[i] = text(s["id"])
	}
	return out
}
