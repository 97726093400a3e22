package cli

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// exampleID stands for an id in examples.
const exampleID = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"

// item is a kind of thing that commands name by an id and show: an answer T.
type item[T any] struct {
	// resource is the parent command, a what an id is of, such as "a delivery".
	resource, a string
	ids         cobra.CompletionFunc
	show        func(*printer, T)
}

// itemCall asks the gateway about the thing with an id.
type itemCall func(context.Context, *session, uuid.UUID) (*http.Response, error)

// command returns a command that names a thing and shows what became of it.
func (i *item[T]) command(verb, short string, call itemCall) *cobra.Command {
	return i.named(verb, short, func(cmd *cobra.Command, id uuid.UUID) error {
		return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) { return call(ctx, s, id) }, i.show)
	})
}

// last returns a command that ends a thing, of which nothing is left to show.
func (i *item[T]) last(verb, short, message string, call itemCall) *cobra.Command {
	return i.named(verb, short, func(cmd *cobra.Command, id uuid.UUID) error {
		return done(cmd, message, func(ctx context.Context, s *session) (*http.Response, error) { return call(ctx, s, id) })
	})
}

// named returns a command that names a thing, for f.
func (i *item[T]) named(verb, short string, f func(*cobra.Command, uuid.UUID) error) *cobra.Command {
	return &cobra.Command{
		Use:     verb + " ID",
		Short:   short,
		Example: "  switchhook " + i.resource + " " + verb + " " + exampleID,
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(i.ids),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], i.a)
			if err != nil {
				return err
			}
			return f(cmd, id)
		},
	}
}
