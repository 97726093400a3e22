package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a subscriber wrote is shown as it stands, by creates, reads and lists: no
// vendor escapes &, < and > in JSON.
func TestAnswersAreNotEscapedForHTML(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	const written = "https://example.com/?a=1&b=<2>"
	for _, f := range flavours {
		word := "Bearer "
		if f.name == "bird" {
			word = "AccessKey "
		}
		headers := append([]string{"Authorization: " + word + operatorKey, "Content-Type: application/json"}, f.headers...)
		url := written
		if f.name == "bird" { // a query stands after a path there too
			url = "https://example.com/x?a=1&b=<2>"
		}
		body := regexp.MustCompile(`https://example\.com/secret-of-a`).ReplaceAllLiteralString(f.create, url)
		made := g.do("POST", f.collection, body, headers...)
		made.requireStatus(t, f.made)
		id := regexp.MustCompile(f.idPattern).FindStringSubmatch(string(made.body))[1]
		require.Contains(t, string(g.do("GET", f.collection, "", headers...).body), url, f.name)
		require.Contains(t, string(g.do("GET", f.collection+"/"+id, "", headers...).body), url, f.name)
	}
	made := g.do("POST", "/callbell/v1/webhooks/subscribe", `{"url":"`+written+`","subscriptions":["message_created"]}`, callbellHeaders...)
	require.Contains(t, string(made.body), written)
	require.Contains(t, string(g.do("GET", "/v1/subscriptions", "", unifiedHeaders...).body), written)
}
