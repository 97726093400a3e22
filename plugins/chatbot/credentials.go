package chatbot

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/switchhook/switchhook/gen/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// maxSecret is the longest secret that the engine keeps, in characters.
const maxSecret = 4096

// credentials are what a webhook shows to its endpoint. They are the
// subscription's secret, so that no list and no log shows them.
type credentials struct {
	Token    string `json:"token,omitempty"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
}

// secret writes the credentials as one secret: the token as it stands, or a JSON
// object where there is more than that, or where the token would be read as one.
func (c credentials) secret() (sdk.Secret, error) {
	if c == (credentials{Token: c.Token}) && !strings.HasPrefix(c.Token, "{") {
		return sdk.Secret(c.Token), nil
	}
	text, err := jsondata.Marshal(c)
	if err != nil {
		return "", err
	}
	return sdk.Secret(text), nil
}

// readCredentials is the opposite of secret. Text that secret did not write is a
// token: a subscription's secret may also be set by other means than this API.
func readCredentials(secret sdk.Secret) credentials {
	var c credentials
	if text := secret.Reveal(); strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &c) == nil {
		if again, err := c.secret(); err == nil && again == secret {
			return c
		}
	}
	return credentials{Token: secret.Reveal()}
}

// authorization returns the Authorization header of basic authentication (RFC 7617),
// if there is any.
func (c credentials) authorization() []sdk.Header {
	if c.Username == "" && c.Password == "" {
		return nil
	}
	value := "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))
	return []sdk.Header{{Name: "Authorization", Value: value}}
}

// requestedSecret reads and checks the credentials of a request.
func requestedSecret(b *chatbot.WebhookRequest) (sdk.Secret, error) {
	switch {
	case strings.ContainsFunc(b.Auth.Username, func(r rune) bool { return r == ':' || unicode.IsControl(r) }):
		return "", sdk.InvalidField("/auth/username", "must have no colon and no control characters")
	case strings.ContainsFunc(b.Auth.Password, unicode.IsControl):
		return "", sdk.InvalidField("/auth/password", "must have no control characters")
	}
	secret, err := credentials{Token: b.Token, Username: b.Auth.Username, Password: b.Auth.Password}.secret()
	if err != nil {
		return "", err
	}
	if utf8.RuneCountInString(secret.Reveal()) > maxSecret {
		return "", sdk.InvalidField("/auth", "must have, together with the token, at most %d characters", maxSecret)
	}
	return secret, nil
}
