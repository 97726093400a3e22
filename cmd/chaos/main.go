// Command chaos breaks a running gateway on purpose, as machines, databases and
// subscribers do, and counts at a receiver of its own whether what the gateway
// promises has held.
package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/internal/ownprovider"
	"github.com/switchhook/switchhook/cmd/internal/program"
)

// databasePrefix begins the names of the gateways' databases.
const databasePrefix = "switchhook_chaos_"

// provider is this program's own: its retries come soon.
var provider = ownprovider.Provider{
	Name: "chaos", Title: "Fault runs", Timeout: 3 * time.Second,
	Schedule: []time.Duration{300 * time.Millisecond, time.Second, 2 * time.Second},
}

func main() { program.Main(provider, newCommand) }

func newCommand() *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "chaos",
		Short: "Break a running gateway on purpose, and count what it loses",
		Long: `Break a running gateway on purpose, and count what it loses.

Each case starts gateways on an empty store and publishes events to them while it
breaks something. An event that was answered with 202 is acknowledged: it must
arrive everywhere, and its deliveries must be recorded as delivered, once each. An
event whose answer was lost may or may not arrive; every other one of these is
published again with the same id, which must not repeat it.

` + caseHelp() + `
What is broken and when is chosen by the seed: the same seed makes the same plan.
The table shows the longest recovery: the time from a fault until a publish was
acknowledged again, each endpoint got an event of later, and all that had been
acknowledged before had arrived. The command fails if anything was lost or a
promise was broken.`,
		Example: `  make build && go run ./cmd/chaos
  go run ./cmd/chaos --short
  go run ./cmd/chaos --seed 7 --cases kill --database sqlite
  go run ./cmd/chaos --cases nodes,database --database start --out chaos.json
  go run ./cmd/chaos --database postgres://user:password@db.example/postgres
  go run ./cmd/chaos --cases backlog --backlog 1000000 --data /var/tmp`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.named = cmd.Flags().Changed("database")
			return execute(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.binary, "binary", "bin/switchhook", "the gateway's binary")
	f.StringSliceVar(&o.databases, "database", []string{sqliteDatabase, "start"},
		"stores to run on, separated by commas: \"sqlite\", \"start\" for a throw-away Postgres server, or a postgres:// URL of a user who may create databases; "+
			"by default Postgres is left out where its server's programs are not installed")
	f.StringSliceVar(&o.cases, "cases", nil, "cases to run, separated by commas; empty: all")
	f.BoolVar(&o.short, "short", false, "short runs with fewer events and faults; cases that fit both stores, but kill, run on the first alone")
	f.Uint64Var(&o.seed, "seed", 0, "seed of all random choices; 0: a new one, which is printed")
	f.IntVar(&o.backlog, "backlog", 100_000, "events that wait in the case backlog")
	f.StringVar(&o.data, "data", os.TempDir(), "directory below which the gateways keep their data")
	f.StringVar(&o.out, "out", "", "file to write all results to, as JSON")
	return cmd
}
