package cli

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

func newProvider() *cobra.Command {
	return newResource("provider", "Show the API flavours that the gateway serves",
		"A provider is an API flavour, in whose shape events are sent.",
		newProviderList(), newProviderGet(), newProviderOpenAPI())
}

func newProviderList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List providers",
		Example: "  switchhook provider list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListProviders(ctx)
			}, func(p *printer, list switchhook.ProviderList) {
				p.row("NAME", "TITLE", "VERSION", "STATE")
				for _, v := range list.Items {
					p.row(v.Name, v.Title, v.Version, v.State)
				}
			})
		},
	}
}

func newProviderGet() *cobra.Command {
	return &cobra.Command{
		Use:     "get NAME",
		Short:   "Show a provider with its event types",
		Example: "  switchhook provider get standard",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(providerNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.GetProvider(ctx, args[0])
			}, showProvider)
		},
	}
}

func showProvider(p *printer, v switchhook.Provider) {
	p.field("name", v.Name)
	p.field("title", v.Title)
	p.field("version", v.Version)
	p.field("state", v.State)
	p.field("last error", v.LastError)
	if v.Limits != nil {
		for _, l := range *v.Limits {
			p.row("limit", l.Max, "per "+string(l.Scope))
		}
	}
	if v.EventTypes == nil || len(*v.EventTypes) == 0 {
		return
	}
	p.row()
	p.row("EVENT TYPE", "CANONICAL")
	for _, t := range *v.EventTypes {
		p.row(t.Name, t.Canonical)
	}
}

func newProviderOpenAPI() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi [NAME]",
		Short: "Print the OpenAPI document of a provider's own API, or of the unified API",
		Example: `  switchhook provider openapi callbell > callbell.yaml
  switchhook provider openapi > switchhook.json`,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: one(providerNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := connect(cmd)
			if err != nil {
				return err
			}
			call := func() (*http.Response, error) { return s.GetOpenAPI(cmd.Context()) }
			if len(args) > 0 {
				call = func() (*http.Response, error) { return s.GetProviderOpenAPI(cmd.Context(), args[0]) }
			}
			body, err := answer.Read(call())
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(body)
			return err
		},
	}
}
