package cli

import (
	"context"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newKeyRotate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate ID",
		Short: "Replace an API key and show the new token, once",
		Long: `Make a new key in the place of another one, with its name, scopes and client id, and
show its token, once. The old one works during the overlap too, at most 30 days;
without one it ends at once.`,
		Example: "  switchhook key rotate " + exampleID + " --overlap 24h",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(keyIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "a key")
			if err != nil {
				return err
			}
			overlap, err := secondsFlag(cmd, "overlap")
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.RotateKey(ctx, id, switchhook.KeyRotation{OverlapSeconds: overlap})
			}, func(p *printer, k switchhook.KeyWithToken) {
				showNewKey(p, k)
				p.line("The key " + id.String() + " " + oldKeyEnds(&k, overlap))
			})
		},
	}
	cmd.Flags().Duration("overlap", 0, "how long the old key still works, such as 24h")
	return cmd
}

// oldKeyEnds says until when a key works that k has replaced: for the overlap, or
// until an end of its own that is sooner, which it has if k has one.
func oldKeyEnds(k *switchhook.KeyWithToken, overlap *int) string {
	if overlap == nil || *overlap == 0 {
		return "has ended."
	}
	text := "works until " + cell(k.CreatedAt.Add(time.Duration(*overlap)*time.Second))
	if k.ExpiresAt != nil {
		text += ", or its own end if that is sooner"
	}
	return text + "."
}
