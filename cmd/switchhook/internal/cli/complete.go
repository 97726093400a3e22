package cli

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

const (
	// completionTimeout bounds what a shell waits for the gateway.
	completionTimeout = 2 * time.Second
	// maxCompletions is the page that is asked for, the largest there is.
	maxCompletions = 100
)

// completeFlag completes the values of a flag that the command has.
func completeFlag(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic("cli: complete --" + flag + ": " + err.Error()) // no such flag: a broken build
	}
}

// one completes the only argument of a command.
func one(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, start)
	}
}

// words completes one of a list, the last of several that commas separate.
func words(list ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := start[:strings.LastIndexByte(start, ',')+1]
		out := make([]cobra.Completion, len(list))
		for i, w := range list {
			out[i] = before + w
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// fromGateway completes with what the gateway lists: value returns a value and
// its description. Without a gateway nothing is completed: a shell has no place
// for an error.
func fromGateway[L, T any](call func(context.Context, *session) (*http.Response, error), items func(L) []T, value func(*T) (text, description string)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		s, err := connect(cmd)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		body, err := answer.Read(call(ctx, s))
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list, err := answer.Decode[L](body)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []cobra.Completion
		all := items(list)
		for i := range all {
			if text, description := value(&all[i]); strings.HasPrefix(text, start) {
				out = append(out, cobra.CompletionWithDesc(cell(text), cell(description)))
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

func page() *int {
	n := maxCompletions
	return &n
}

var (
	accountNames = fromGateway(
		func(ctx context.Context, s *session) (*http.Response, error) {
			return s.ListAccounts(ctx, &switchhook.ListAccountsParams{Limit: page()})
		},
		func(l switchhook.AccountList) []switchhook.Account { return l.Items },
		func(a *switchhook.Account) (string, string) { return a.Name, a.ID.String() })
	keyIDs = fromGateway(
		func(ctx context.Context, s *session) (*http.Response, error) {
			return s.ListKeys(ctx, &switchhook.ListKeysParams{Limit: page()})
		},
		func(l switchhook.KeyList) []switchhook.Key { return l.Items },
		func(k *switchhook.Key) (string, string) { return k.ID.String(), k.Name })
	subscriptionIDs = fromGateway(
		func(ctx context.Context, s *session) (*http.Response, error) {
			return s.ListSubscriptions(ctx, &switchhook.ListSubscriptionsParams{Limit: page()})
		},
		func(l switchhook.SubscriptionList) []switchhook.Subscription { return l.Items },
		func(v *switchhook.Subscription) (string, string) {
			return v.ID.String(), strings.TrimSpace(v.Provider + " " + v.Name + " " + v.URL)
		})
	eventIDs = fromGateway(
		func(ctx context.Context, s *session) (*http.Response, error) {
			return s.ListEvents(ctx, &switchhook.ListEventsParams{Limit: page()})
		},
		func(l switchhook.EventList) []switchhook.EventSummary { return l.Items },
		func(e *switchhook.EventSummary) (string, string) { return e.ID.String(), e.Type + " " + e.Source })
	deliveryIDs = fromGateway(
		func(ctx context.Context, s *session) (*http.Response, error) {
			return s.ListDeliveries(ctx, &switchhook.ListDeliveriesParams{Limit: page()})
		},
		func(l switchhook.DeliveryList) []switchhook.Delivery { return l.Items },
		func(d *switchhook.Delivery) (string, string) {
			return d.ID.String(), string(d.Status) + " " + d.EventType
		})
	providerNames = fromGateway(
		func(ctx context.Context, s *session) (*http.Response, error) { return s.ListProviders(ctx) },
		func(l switchhook.ProviderList) []switchhook.Provider { return l.Items },
		func(p *switchhook.Provider) (string, string) {
			if p.Title == nil {
				return p.Name, ""
			}
			return p.Name, *p.Title
		})
)
