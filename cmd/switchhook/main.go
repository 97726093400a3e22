// Command switchhook is the gateway, its bundled adapters and its command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/cli"
	"github.com/switchhook/switchhook/cmd/switchhook/internal/operate"
)

// version is set by the linker; see the Makefile.
var version = "dev"

func main() { os.Exit(run(context.Background(), os.Args[1:])) }

// run runs a command and returns the exit code.
func run(ctx context.Context, args []string) int {
	root := cli.NewRoot(version)
	root.AddCommand(operate.Commands(version)...)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		var coded *cli.ExitError
		if errors.As(err, &coded) {
			_, _ = fmt.Fprintln(os.Stderr, coded)
			return coded.Code()
		}
		_, _ = fmt.Fprintln(os.Stderr, "Error:", err)
		return 1
	}
	return 0
}
