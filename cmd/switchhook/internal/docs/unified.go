package main

import (
	"slices"
	"strings"

	"github.com/switchhook/switchhook/cmd/internal/contract"
)

const apiPage = "docs/api.md"

// apiOperation is one operation of the unified API with its examples.
type apiOperation struct {
	*contract.Operation
	Examples []contract.Example
}

// apiOperations lists the operations of the unified API by path.
func apiOperations() ([]apiOperation, error) {
	all, err := contract.Operations()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b *contract.Operation) int { return strings.Compare(a.Path, b.Path) })
	out := make([]apiOperation, len(all))
	for i, o := range all {
		examples, err := o.Examples()
		if err != nil {
			return nil, err
		}
		out[i] = apiOperation{o, examples}
	}
	return out, nil
}

// Needs is the scope that a key must have.
func (o apiOperation) Needs() string {
	switch {
	case o.Public:
		return "no key"
	case o.Scope == "":
		return "any key"
	}
	return code(o.Scope)
}

// Anchor is where the operation's section stands: its heading in the form that
// links take.
func (o apiOperation) Anchor() string {
	keep := func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		case c == ' ':
			return '-'
		}
		return -1
	}
	return strings.Map(keep, strings.ToLower(o.Method+" "+o.Path))
}
