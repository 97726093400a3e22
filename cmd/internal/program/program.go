// Package program is what the programs that start gateways and count what arrives
// have in common: one binary is the program itself, its receiver in a process of
// its own, and a provider's plugin that the gateway starts.
package program

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/internal/ownprovider"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

// ReceiverCommand is the hidden command of the receiver's process, for
// [receiver.Start].
const ReceiverCommand = "receiver"

// Wanted tells that this process is to be the plugin or the receiver.
func Wanted() bool {
	return ownprovider.Wanted() || (len(os.Args) > 1 && os.Args[1] == ReceiverCommand)
}

// Main is the whole of such a program: the provider's plugin if a gateway started
// this process, else the command that newCommand makes. It does not return.
func Main(provider ownprovider.Provider, newCommand func() *cobra.Command) {
	if ownprovider.Wanted() {
		provider.Serve()
		return
	}
	os.Exit(Run(newCommand(), os.Args[1:], os.Stdout, os.Stderr))
}

// Run runs a command until it is done or interrupted, and returns the exit code.
// The receiver's command is added to it. What it finds goes to out; how it goes on,
// and why it failed, to progress.
func Run(cmd *cobra.Command, args []string, out, progress io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	cmd.AddCommand(&cobra.Command{
		Use: ReceiverCommand, Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return receiver.Serve(cmd.Context(), os.Stdin, os.Stdout) },
	})
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(out)
	cmd.SetErr(progress)
	if err := cmd.ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted (%w)", err)
		}
		_, _ = fmt.Fprintln(progress, "Error:", err)
		return 1
	}
	return 0
}
