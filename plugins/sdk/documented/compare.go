package documented

import (
	"slices"
	"strconv"
	"strings"
)

// comparison knows the JSON pointers of values that are compared as a whole.
type comparison struct{ whole []string }

// values lists the differences below a JSON pointer.
func (c comparison) values(at string, printed, ours tree) []Difference {
	if printed.kind != ours.kind || printed.kind == 0 || slices.Contains(c.whole, at) {
		if printed.String() == ours.String() {
			return nil
		}
		return []Difference{{At: at, Printed: printed.String(), Ours: ours.String()}}
	}
	if printed.kind == '[' {
		return c.arrays(at, printed, ours)
	}
	return c.objects(at, printed, ours)
}

func (c comparison) arrays(at string, printed, ours tree) (found []Difference) {
	for i := range max(len(printed.children), len(ours.children)) {
		at := at + "/" + strconv.Itoa(i)
		switch {
		case i >= len(printed.children):
			found = append(found, Difference{At: at, Ours: ours.children[i].String()})
		case i >= len(ours.children):
			found = append(found, Difference{At: at, Printed: printed.children[i].String()})
		default:
			found = append(found, c.values(at, printed.children[i], ours.children[i])...)
		}
	}
	return found
}

func (c comparison) objects(at string, printed, ours tree) (found []Difference) {
	var inPrinted, inOurs []string // the names of both
	for i, name := range printed.names {
		other, ok := ours.member(name)
		if !ok {
			found = append(found, Difference{At: pointer(at, name), Printed: printed.children[i].String()})
			continue
		}
		inPrinted = append(inPrinted, name)
		found = append(found, c.values(pointer(at, name), printed.children[i], other)...)
	}
	for i, name := range ours.names {
		if slices.Contains(printed.names, name) {
			inOurs = append(inOurs, name)
		} else {
			found = append(found, Difference{At: pointer(at, name), Ours: ours.children[i].String()})
		}
	}
	if !slices.Equal(inPrinted, inOurs) {
		if at == "" {
			at = "/"
		}
		found = append(found, Difference{At: atOrder + at, Printed: strings.Join(inPrinted, ", "), Ours: strings.Join(inOurs, ", ")})
	}
	return found
}

// pointer is the JSON pointer (RFC 6901) of a member.
func pointer(at, name string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
