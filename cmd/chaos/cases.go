package main

import (
	"context"
	"fmt"
	"strings"
)

// faultCase is one thing that is broken.
type faultCase struct {
	name string
	// about is what is broken; promise is what must hold nevertheless.
	about, promise string
	// on are the stores that it fits, and each in a short run too.
	on   stores
	each bool
	run  func(ctx context.Context, r *faultRun) error
}

// stores that a case fits.
type stores int

const (
	bothStores stores = iota
	sqliteAlone
	postgresAlone
)

func (s stores) fits(postgres bool) bool {
	return s == bothStores || (s == postgresAlone) == postgres
}

func cases() []faultCase {
	return []faultCase{
		{
			name: "kill", each: true, run: kill,
			about:   "the gateway is killed at random moments and started again",
			promise: "what was acknowledged arrives everywhere",
		},
	}
}

func caseNames() []string {
	var out []string
	for _, c := range cases() {
		out = append(out, c.name)
	}
	return out
}

func caseHelp() string {
	var b strings.Builder
	for _, c := range cases() {
		fmt.Fprintf(&b, "  %-9s %s:\n            %s\n", c.name, c.about, c.promise)
	}
	return b.String()
}
