package cli

import (
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// addSubscriptionFlags registers what both create and update may state.
func addSubscriptionFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("url", "", "where events are posted to")
	f.StringSlice("events", nil, "patterns of event types, separated by commas; none is every type")
	f.String("name", "", "name, unique where the provider says so")
	f.StringArray("header", nil, "header added to every delivery, as 'Name: value'; may be repeated")
	f.String("secret", "", "signing secret in the provider's form; - reads it from standard input")
	f.Bool("enabled", true, "whether events are sent")
	f.StringArray("setting", nil, "a field that only this provider has, as name=value; may be repeated")
	addFilterFlag(f)
	addDeliveryFlags(cmd)
	addAuthFlags(cmd)
}

// subscriptionFlags returns what the flags name; nil members were not given.
func subscriptionFlags(cmd *cobra.Command) (switchhook.SubscriptionPatch, error) {
	patch := switchhook.SubscriptionPatch{
		URL: stringFlag(cmd, "url"), Name: stringFlag(cmd, "name"), Events: listFlag(cmd, "events"),
	}
	if cmd.Flags().Changed("enabled") {
		enabled, _ := cmd.Flags().GetBool("enabled")
		patch.Enabled = &enabled
	}
	var err error
	if patch.Filters, err = filterFlag(cmd); err != nil {
		return patch, err
	}
	if patch.Auth, err = authFlags(cmd); err != nil {
		return patch, err
	}
	if patch.Secret, err = secretFlag(cmd, "secret"); err != nil {
		return patch, err
	}
	if cmd.Flags().Changed("header") {
		headers, err := pairs(cmd, "header", ":")
		if err != nil {
			return patch, err
		}
		list := make([]switchhook.Header, len(headers))
		for i, h := range headers {
			list[i] = switchhook.Header{Name: h[0], Value: h[1]}
		}
		patch.Headers = &list
	}
	if cmd.Flags().Changed("setting") {
		given, err := pairs(cmd, "setting", "=")
		if err != nil {
			return patch, err
		}
		settings := switchhook.Settings{}
		for _, s := range given {
			settings[s[0]] = s[1]
		}
		patch.Settings = &settings
	}
	return patch, nil
}
