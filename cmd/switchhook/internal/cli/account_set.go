package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// limitFlags are the limits by their flags.
var limitFlags = []struct{ flag, member, usage string }{
	{"max-subscriptions", "max_subscriptions", "most subscriptions"},
	{"events-per-second", "events_per_second", "most events a second"},
	{"burst", "burst", "most events at once"},
	{"max-event-bytes", "max_event_bytes", "most bytes of an event"},
}

func newAccountSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set ID|NAME",
		Short: "Change an account's limits and settings",
		Long:  "Change what the flags name. A limit of 'default' is the gateway's own again.",
		Example: `  switchhook account set acme --events-per-second 100 --burst 200
  switchhook account set acme --max-subscriptions default --event-validation warn`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: one(accountNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			limits, err := changedLimits(cmd)
			if err != nil {
				return err
			}
			validation := stringFlag(cmd, "event-validation")
			if len(limits) == 0 && validation == nil {
				return errors.New("name what to change, such as --events-per-second")
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.setAccount(ctx, args[0], limits, validation, stringFlag(cmd, "if-match"))
			}, showAccount)
		},
	}
	for _, l := range limitFlags {
		cmd.Flags().String(l.flag, "", l.usage+", or default")
	}
	cmd.Flags().String("event-validation", "", "what becomes of data that breaks its type's schema: off, warn or refuse")
	cmd.Flags().String("if-match", "", `change it only in the state of this ETag, such as '"3"'`)
	completeFlag(cmd, "event-validation", words("off", "warn", "refuse"))
	return cmd
}

// changedLimits are the limits that flags name; nil is the gateway's own.
func changedLimits(cmd *cobra.Command) (map[string]any, error) {
	limits := map[string]any{}
	for _, l := range limitFlags {
		text := stringFlag(cmd, l.flag)
		switch {
		case text == nil:
		case *text == "default":
			limits[l.member] = nil
		default:
			if _, err := strconv.ParseFloat(*text, 64); err != nil || !json.Valid([]byte(*text)) {
				return nil, errors.New("--" + l.flag + ": must be a number, or default")
			}
			limits[l.member] = json.Number(*text)
		}
	}
	return limits, nil
}

// setAccount changes an account. The API replaces all limits at once, so those
// that are not named are sent as they are, in the state that they were read in.
func (s *session) setAccount(ctx context.Context, name string, limits map[string]any, validation, ifMatch *string) (*http.Response, error) {
	patch := map[string]any{}
	if validation != nil {
		patch["event_validation"] = *validation
	}
	if len(limits) > 0 {
		body, tag, err := answer.Tagged(s.GetAccount(ctx, name))
		if err != nil {
			return nil, err
		}
		now, err := answer.Decode[struct {
			Limits map[string]any `json:"limits"`
		}](body)
		if err != nil {
			return nil, err
		}
		all := map[string]any{}
		maps.Copy(all, now.Limits)
		maps.Copy(all, limits)
		patch["limits"] = all
		if ifMatch == nil && tag != "" {
			ifMatch = &tag
		}
	}
	body, err := jsondata.Marshal(patch)
	if err != nil {
		return nil, err
	}
	return s.UpdateAccountWithBody(ctx, name, &switchhook.UpdateAccountParams{IfMatch: ifMatch}, typeShort, bytes.NewReader(body))
}

func showLimits(p *printer, l switchhook.AccountLimits) {
	if l.MaxSubscriptions != nil {
		p.field("most subscriptions", *l.MaxSubscriptions)
	}
	if l.EventsPerSecond != nil {
		p.field("events a second", *l.EventsPerSecond)
	}
	if l.Burst != nil {
		p.field("burst", *l.Burst)
	}
	if l.MaxEventBytes != nil {
		p.field("bytes of an event", *l.MaxEventBytes)
	}
}
