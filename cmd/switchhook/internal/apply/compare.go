package apply

import (
	"fmt"
	"reflect"
	"slices"
)

// equal compares a member of a thing.
func (k *kind) equal(name string, want, have any) (same, unseen bool) {
	if slices.Contains(k.verbatim, name) {
		return reflect.DeepEqual(want, have), false
	}
	return equal(want, have)
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
func (f *File) wantsValues(k *kind, d *Declared) {
	for name, v := range d.members {
		f.wantsValue(k, name, d.pointer+"/"+escape.Replace(name), v)
	}
}

func (f *File) wantsValue(k *kind, name, pointer string, v any) {
	if !slices.Contains(k.verbatim, name) {
		f.wantsShown(pointer, v)
	}
}

func (f *File) wantsShown(pointer string, v any) {
	switch v := v.(type) {
	case string:
		if v == hidden {
			f.fault(pointer, "the gateway does not show this value: state it, for instance as ${VARIABLE}")
		}
	case map[string]any:
		for name, member := range v {
			f.wantsShown(pointer+"/"+escape.Replace(name), member)
		}
	case []any:
		for i, item := range v {
			f.wantsShown(fmt.Sprintf("%s/%d", pointer, i), item)
		}
	}
}
