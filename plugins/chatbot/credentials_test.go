package chatbot

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// FuzzCredentials: what was written as a secret is read back.
func FuzzCredentials(f *testing.F) {
	f.Add("qwerty", "", "")
	f.Add("", "user", "")
	f.Add("t", "", "p:<&>\u2028")
	f.Add(`{"token":"x","username":"y"}`, "", "")
	f.Add("{", "", "")
	f.Fuzz(func(t *testing.T, token, username, password string) {
		if !utf8.ValidString(token) || !utf8.ValidString(username) || !utf8.ValidString(password) {
			t.Skip("requests are UTF-8")
		}
		want := credentials{Token: token, Username: username, Password: password}
		secret, err := want.secret()
		require.NoError(t, err)
		require.Equal(t, want, readCredentials(secret))
	})
}

// FuzzReadCredentials: a secret that was set by other means is a token, unless
// this package could have written it.
func FuzzReadCredentials(f *testing.F) {
	f.Add(`{"token":"x"}`)
	f.Add(`{"username":"u","more":1}`)
	f.Add(`{"username":"u"}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, text string) {
		got := readCredentials(sdk.Secret(text))
		if got == (credentials{Token: text}) {
			return
		}
		again, err := json.Marshal(got)
		require.NoError(t, err)
		require.JSONEq(t, text, string(again))
	})
}
