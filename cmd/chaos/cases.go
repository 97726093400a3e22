package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/switchhook/switchhook/cmd/internal/unwell"
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
		{
			name: "nodes", on: postgresAlone, run: nodes,
			about:   "of three gateways on one database one is killed, one paused until it counts as dead, one stopped in order",
			promise: "nothing is lost or recorded twice, and the others take over within 30 s",
		},
		{
			name: "database", on: postgresAlone, run: database,
			about:   "connections to the database are cut in the middle of transactions, and once its server is away",
			promise: "publishing waits or is refused with a clear 503, nothing is lost, and work goes on by itself",
		},
		{
			name: "plugin", run: plugin,
			about:   "the plugins of the gateway are killed, one each second",
			promise: "nothing is lost",
		},
		{
			name: "disk", on: sqliteAlone, run: disk,
			about:   "the embedded store has no room left for a while, and once the gateway is killed then",
			promise: "publishing is refused with a clear 503, nothing is lost or damaged, and work goes on by itself",
		},
		{
			name: "backlog", run: backlog,
			about:   "events wait for dead endpoints, one that hangs and one that fails, while a live one gets its own",
			promise: fmt.Sprintf("memory grows by %d MiB at most, and the backlog drains when they are back", memoryRoom/mebibyte),
		},
		{
			name: "replay", each: true, run: replay,
			about:   "gateways are killed while events are replayed to a new subscriber",
			promise: "the replay goes on within 30 s, and ends with exactly one delivery of each event",
		},
		{
			name: "hang", run: hang,
			about:   fmt.Sprintf("of %d endpoints half hang until the timeout and a quarter fails", unwell.Endpoints),
			promise: fmt.Sprintf("the healthy quarter's p99 stays within × %d of what it is alone", promisedFactor),
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
