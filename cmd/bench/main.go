// Command bench measures a gateway end to end, as its clients and subscribers
// see it: it starts the gateway's binary on an empty store, publishes, and counts
// and times what arrives at a receiver of its own.
package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/internal/databases"
	"github.com/switchhook/switchhook/cmd/internal/ownprovider"
	"github.com/switchhook/switchhook/cmd/internal/program"
)

// databasePrefix begins the names of the gateways' databases.
const databasePrefix = "switchhook_bench_"

// provider is that of the cases that wait for retries.
var provider = ownprovider.Provider{
	Name: "bench", Title: "Benchmark", Timeout: 10 * time.Second, Schedule: []time.Duration{2 * time.Second, 5 * time.Second},
}

func main() { program.Main(provider, newCommand) }

func newCommand() *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a gateway end to end",
		Long: `Measure a gateway end to end.

Each run of a case starts the gateway on an empty store, publishes events with
1 KiB of data over 32 connections, and counts and times what arrives at a
receiver of its own. The table shows the median of the runs and their range.

` + caseHelp() + `
CPU is that of the gateway and its plugins, and apart from it that of Postgres
where --database start made the server. Memory is the sum of their proportional
set sizes without Postgres, read each second. Both are read on Linux only. An
event that was accepted and not delivered is lost; the command fails if one is.`,
		Example: `  make build && go run ./cmd/bench
  go run ./cmd/bench --quick
  go run ./cmd/bench --database start --cases ceiling,one,fanout --runs 5 --out bench.json
  go run ./cmd/bench --cases traces --runs 5
  go run ./cmd/bench --database postgres://user:password@db.example/postgres
  go run ./cmd/bench --cases backlog --backlog 1000000 --data /var/tmp`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.repeatAll = cmd.Flags().Changed("runs")
			return execute(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.binary, "binary", "bin/switchhook", "the gateway's binary")
	f.StringVar(&o.database, "database", "", databases.Usage)
	f.StringSliceVar(&o.cases, "cases", nil, "cases to run, separated by commas; empty: all but those of traces")
	f.IntVar(&o.runs, "runs", 3, "runs of each case; by default failing, slow, backlog and idle run once")
	f.IntVar(&o.deliveries, "deliveries", 20_000, "deliveries of a case that goes as fast as it can, in each run")
	f.BoolVar(&o.quick, "quick", false, "one short run of each case, to see that all works")
	f.IntVar(&o.backlog, "backlog", 100_000, "events that wait in the case backlog")
	f.StringVar(&o.data, "data", os.TempDir(), "directory below which the gateways keep their data; its disk is measured too")
	f.StringVar(&o.out, "out", "", "file to write all measurements to, as JSON")
	return cmd
}
