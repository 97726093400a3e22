package gateway

import (
	"errors"
	"fmt"

	"github.com/switchhook/switchhook/core/provider"
)

// table is what the gateway serves at one moment, immutable.
type table struct {
	flavours map[string]*flavour
}

// newTable builds the flavours of a set. Those that did not change are taken
// over from the table before.
func newTable(set *provider.Set, before *table) (*table, error) {
	t := &table{flavours: make(map[string]*flavour, len(set.Names()))}
	var errs []error
	for _, name := range set.Names() {
		p := set.Get(name)
		if old := before.flavours[name]; old != nil && old.provider == p {
			t.flavours[name] = old
			continue
		}
		f, err := newFlavour(p)
		if err != nil {
			errs = append(errs, fmt.Errorf("provider %s: %w", name, err))
			continue
		}
		t.flavours[name] = f
	}
	return t, errors.Join(errs...)
}
