package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func addAuthFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("basic-auth", "", "user name and where its password stands: USER:@FILE, or USER:- for standard input")
	f.String("oauth2", "", "client id and where its secret stands: ID:@FILE, or ID:- for standard input")
	f.String("oauth2-token-url", "", "token server of --oauth2, over https")
	f.StringSlice("oauth2-scopes", nil, "scopes of --oauth2, separated by commas")
	f.String("oauth2-audience", "", "audience of --oauth2")
	f.String("client-certificate", "", "PEM file with the TLS client certificate, then those between it and its authority")
	f.String("client-key", "", "PEM file with the key of --client-certificate, without a passphrase; - is standard input")
	cmd.MarkFlagsMutuallyExclusive("basic-auth", "oauth2")
	cmd.MarkFlagsRequiredTogether("oauth2", "oauth2-token-url")
	cmd.MarkFlagsRequiredTogether("client-certificate", "client-key")
	for _, name := range []string{"client-certificate", "client-key"} {
		_ = cmd.MarkFlagFilename(name, "pem", "crt", "key") // fails for an unknown flag alone
	}
}

// authFlags returns how the gateway authenticates; nil if no flag says so.
func authFlags(cmd *cobra.Command) (*switchhook.SubscriptionAuth, error) {
	flags := cmd.Flags()
	auth := &switchhook.SubscriptionAuth{}
	if flags.Changed("basic-auth") {
		user, password, err := credential(cmd, "basic-auth")
		if err != nil {
			return nil, err
		}
		auth.Basic = &switchhook.BasicAuth{Username: user, Password: password}
	}
	if flags.Changed("oauth2") {
		id, secret, err := credential(cmd, "oauth2")
		if err != nil {
			return nil, err
		}
		url, _ := flags.GetString("oauth2-token-url")
		auth.Oauth2 = &switchhook.OAuth2Client{
			TokenURL: url, ClientID: id, ClientSecret: secret, Scopes: listFlag(cmd, "oauth2-scopes"), Audience: stringFlag(cmd, "oauth2-audience"),
		}
	} else if flags.Changed("oauth2-scopes") || flags.Changed("oauth2-audience") {
		return nil, errors.New("--oauth2-scopes and --oauth2-audience go with --oauth2")
	}
	if flags.Changed("client-certificate") {
		certificate, err := fileInput(cmd, "client-certificate")
		if err != nil {
			return nil, err
		}
		key, err := fileInput(cmd, "client-key")
		if err != nil {
			return nil, err
		}
		auth.Mtls = &switchhook.ClientCertificate{Certificate: string(certificate), PrivateKey: string(key)}
	}
	if *auth == (switchhook.SubscriptionAuth{}) {
		return nil, nil
	}
	return auth, nil
}

// credential reads a name with a secret of a file. A secret itself is refused and
// not repeated: command lines are seen by others.
func credential(cmd *cobra.Command, flag string) (name, secret string, err error) {
	text, _ := cmd.Flags().GetString(flag)
	name, source, ok := strings.Cut(text, ":@")
	source = "@" + source
	if !ok {
		name, ok = strings.CutSuffix(text, ":-")
		source = "-"
	}
	if !ok || name == "" || source == "@" {
		return "", "", fmt.Errorf("--%s: must be NAME:@FILE, or NAME:- for standard input, with the secret in the first line; "+
			"a secret on the command line is seen by others", flag)
	}
	secret, err = firstLine(cmd, flag, source)
	return name, secret, err
}
