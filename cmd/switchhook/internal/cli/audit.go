package cli

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newAudit() *cobra.Command {
	return newResource("audit", "See who changed what", "The audit log has the changes of an account, with who made each.", newAuditList())
}

func newAuditList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List changes, newest first",
		Long: `List changes, newest first. The table names the members that differ; -o json and
yaml show the thing before and after the change, without its secrets.`,
		Example: `  switchhook audit list --from 24h
  switchhook audit list --action UpdateSubscription --actor 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10
  switchhook audit list --resource subscription/019aa5d2-1b2c-7d3e-8f40-1a2b3c4d5e6f -o yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params, err := auditParams(cmd)
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListAuditLog(ctx, &params)
			}, showAudit)
		},
	}
	f := cmd.Flags()
	f.String("actor", "", "only changes made with the key of this id, or with portal tokens of it")
	f.String("action", "", "only this operation, such as CreateSubscription, or chatbot.CreateWebhook of a provider's API")
	f.String("resource", "", "only changes of such things, as type or type/id, such as subscription")
	f.String("from", "", "only changes from this time on, in RFC 3339, or how long ago, such as 24h")
	f.String("to", "", "only changes before this time, in the same forms")
	completeFlag(cmd, "actor", keyIDs)
	addPageFlags(cmd)
	return cmd
}

func auditParams(cmd *cobra.Command) (params switchhook.ListAuditLogParams, err error) {
	params.Limit, params.Cursor = pageFlags(cmd)
	params.Action = stringFlag(cmd, "action")
	if text := stringFlag(cmd, "resource"); text != nil {
		kind, id, named := strings.Cut(*text, "/")
		if params.ResourceType = &kind; named {
			params.ResourceID = &id
		}
	}
	if params.KeyID, err = idFlag(cmd, "actor", "a key"); err != nil {
		return params, err
	}
	if params.CreatedAfter, err = timeFlag(cmd, "from"); err != nil {
		return params, err
	}
	params.CreatedBefore, err = timeFlag(cmd, "to")
	return params, err
}

func showAudit(p *printer, log switchhook.AuditLog) {
	p.row("AT", "ACTOR", "ACTION", "RESOURCE", "CHANGED")
	for i := range log.Items {
		e := &log.Items[i]
		p.row(e.At, actorName(&e.Actor), e.Action, e.Resource.Type+"/"+e.Resource.ID, changedMembers(e))
	}
	p.more(log.NextCursor)
}

// actorName calls the one who made a change.
func actorName(a *switchhook.AuditActor) string {
	name := "another issuer's token"
	switch {
	case a.KeyName != nil && *a.KeyName != "":
		name = *a.KeyName
	case a.KeyID != nil:
		name = a.KeyID.String()
	}
	if a.Portal {
		name += " (portal token)"
	}
	return name
}

// changedMembers names what differs of a thing that was there before and after.
func changedMembers(e *switchhook.AuditEntry) []string {
	if e.Before == nil || e.After == nil {
		return nil
	}
	all := maps.Clone(*e.Before)
	maps.Copy(all, *e.After)
	maps.DeleteFunc(all, func(name string, _ any) bool { return reflect.DeepEqual((*e.Before)[name], (*e.After)[name]) })
	return slices.Sorted(maps.Keys(all))
}
