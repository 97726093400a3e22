package apply

import (
	"fmt"
	"maps"
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
	// Of is what is changed.
	Of fmt.Stringer
	// Fields are what changes.
	Fields []Field

	// pointer is where the file has it; "" where it does not.
	pointer string
	do      change
}

// Field is a member that changes. Secrets are not shown.
type Field struct{ Name, From, To string }

// Plan is what makes an account what the file says.
type Plan struct {
	// Changes in the order in which they are made: deletions first, which make room
	// below limits; then the account's settings; then each kind, changes before what
	// is new.
	Changes []Change
	// Same counts what is as declared, Others what the file does not name and what
	// stays.
	Same, Others int
}

// PlanOptions say how far a plan goes.
type PlanOptions struct {
	// Prune deletes what the file's lists do not name.
	Prune bool
	// Secrets sends the secrets of the file again, which cannot be compared: the
	// gateway does not show them.
	Secrets bool
}

// NewPlan compares a file with what the account has of the parts that it declares.
func NewPlan(f *File, state *State, o PlanOptions) (*Plan, error) {
	p := &Plan{}
	var rest []Change
	if f.account != nil {
		if c := f.compareAccount(state.account); len(c.Fields) > 0 {
			rest = append(rest, *c)
		} else {
			p.Same++
		}
	}
	for _, k := range kinds {
		if f.lists[k] == nil {
			continue
		}
		changes, err := p.list(f, k, state.lists[k], o)
		if err != nil {
			return nil, err
		}
		rest = append(rest, changes...)
	}
	p.Changes = append(p.Changes, rest...)
	return p, f.reader.failed(f.Name)
}

// list adds the deletions of a kind to the plan and returns its other changes.
func (p *Plan) list(f *File, k *kind, current []map[string]any, o PlanOptions) ([]Change, error) {
	shows, err := k.shows()
	if err != nil {
		return nil, err
	}
	there, named := map[fmt.Stringer][]map[string]any{}, map[fmt.Stringer]bool{}
	for _, c := range current {
		there[k.of(c)] = append(there[k.of(c)], c)
	}
	var updates, creates []Change
	for _, d := range f.lists[k] {
		same := there[d.Of]
		named[d.Of] = true
		switch len(same) {
		case 0:
			f.wantsValues(k, d)
			creates = append(creates, Change{Kind: Create, Of: d.Of, Fields: f.created(k, d), pointer: d.pointer, do: k.create(d)})
		case 1:
			c := f.compare(k, d, same[0], o, func(name string) bool { return shows.Properties[name] != nil })
			if len(c.Fields) == 0 {
				p.Same++
				continue
			}
			updates = append(updates, c)
		default:
			f.fault(d.pointer, fmt.Sprintf("the account has %d %ss %s: %s; delete all but one, or give them names",
				len(same), k.one, d.Of, strings.Join(ids(same), ", ")))
		}
	}
	for _, c := range current {
		switch {
		case named[k.of(c)]:
		case o.Prune:
			p.Changes = append(p.Changes, Change{Kind: Delete, Of: k.of(c), do: k.remove(c)})
		default:
			p.Others++
		}
	}
	return append(updates, creates...), nil
}

// compare is the change that makes a thing what the file says. What the file does
// not name stays.
func (f *File) compare(k *kind, d *Declared, current map[string]any, o PlanOptions, shown func(string) bool) Change {
	c := Change{Kind: Update, Of: d.Of, pointer: d.pointer}
	body := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(d.members)) {
		if slices.Contains(k.naming, name) {
			continue
		}
		want, pointer := d.members[name], d.pointer+"/"+name
		if !shown(name) {
			if o.Secrets && want != hidden {
				body[name] = want
				c.Fields = append(c.Fields, Field{Name: name, To: "set again"})
			}
			continue
		}
		same, unseen := k.equal(name, want, current[name])
		if same && (!o.Secrets || !unseen) {
			continue
		}
		f.wantsValue(k, name, pointer, want)
		body[name] = want
		switch {
		case same:
			c.Fields = append(c.Fields, Field{Name: name, To: "set again"})
		case sensitive[name]:
			c.Fields = append(c.Fields, Field{Name: name, To: "changed"})
		default:
			c.Fields = append(c.Fields, Field{Name: name, From: show(current[name]), To: f.show(pointer, want)})
		}
	}
	c.do = k.update(d, current, body)
	return c
}

// sensitive members may hold credentials and are not written out.
var sensitive = map[string]bool{"secret": true, "headers": true, "auth": true}

// created are the members of a new thing for the plan.
func (f *File) created(k *kind, d *Declared) []Field {
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(d.members)) {
		switch {
		case slices.Contains(k.naming, name):
		case sensitive[name]:
			out = append(out, Field{Name: name, To: "given"})
		default:
			out = append(out, Field{Name: name, To: f.show(d.pointer+"/"+name, d.members[name])})
		}
	}
	return out
}

func ids(subs []map[string]any) []string {
	out := make([]string, len(subs))
	for i, s := range subs {
		out[i] = text(s["id"])
	}
	return out
}
