package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The vendor is another gateway: it speaks the vendor's document.
func TestImport(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	vendor, g := startGateway(t, ""), startGateway(t, "")
	at := func(name string) []string {
		return []string{"subscription", "import", "--from", name, "--url", vendor.base + "/" + name}
	}
	register := func(path, body string, headers []string) answer {
		a := vendor.do("POST", path, body, headers...)
		require.Less(t, a.status, 300, "%s", a.body)
		return a
	}
	bearer := []string{"Authorization: Bearer " + operatorKey, "Accept: application/json", "Content-Type: application/json"}

	t.Run("Vonage", func(t *testing.T) {
		t.Parallel()
		c := newConsole(t, g, "SWITCHHOOK_VENDOR_TOKEN="+operatorKey, presenceSecret)
		headers := []string{"Authorization: Bearer " + operatorKey, "Accept: application/vnd.newvoicemedia.v1+json", "Content-Type: application/json"}
		var made struct{ SubscriptionID string }
		register("/vonage/webhooks/subscriptions", `{"name":"presence","url":"https://example.com/presence","events":["agent.presencechanged.v1"]}`, headers).decode(t, &made)
		register("/vonage/webhooks/subscriptions", `{"name":"calls","url":"https://example.com/calls","events":["channel.*"],"enabled":false}`, headers)
		c.file("secrets.yaml", made.SubscriptionID+": ${PRESENCE_SECRET}\n")
		args := append(at("vonage"), "--secrets", "secrets.yaml")
		c.run(2, append(args, "--dry-run")...)
		c.run(0, append(args, "--yes")...)
		c.run(0, args...)
		session := strings.NewReplacer(vendor.base+"/vonage", "https://emea.api.newvoicemedia.com", made.SubscriptionID, "2V1lVz6FeKOuVLEpSU6M0aqkM9b").Replace(c.seen.String())
		inPage(t, "import", vonageIDs.ReplaceAllString(vonageSecrets.ReplaceAllString(session, "once): <generated>"), "id there  2V1lVz7RkfYpLw0sHqTn3uXcB8d"))
		list := c.quiet(0, "subscription", "list", "--provider", "vonage", "-o", "json")
		require.Contains(t, list, `"url": "https://example.com/calls"`)
		require.Contains(t, list, `"enabled": false`)
	})
	t.Run("Bird", func(t *testing.T) {
		t.Parallel()
		c := newConsole(t, g, "SWITCHHOOK_VENDOR_TOKEN="+operatorKey)
		const workspace = "a1405560-c8d3-4b1a-877d-3f449ad95352"
		path := "/bird/workspaces/" + workspace + "/webhook-subscriptions"
		register(path, `{"service":"channels","event":"sms.outbound","url":"https://example.com/sms","template":"twilio","eventFilters":[{"key":"messageStatus","value":"read"}]}`, birdHeaders)
		var second struct{ ID string }
		register(path, `{"service":"channels","event":"sms.inbound","url":"https://example.com/sms"}`, birdHeaders).decode(t, &second)
		require.Equal(t, http.StatusOK, vendor.do("PATCH", path+"/"+second.ID, `{"status":"inactive"}`, birdHeaders...).status)
		args := append(at("bird"), "--workspace", workspace)
		require.Contains(t, c.quiet(1, at("bird")...), "--workspace")
		out := c.quiet(0, append(args, "--yes")...)
		require.Contains(t, out, "messageStatus=read")
		require.Contains(t, out, "does not show it: deliveries are not signed")
		theirs, ours := vendor.do("GET", path, "", birdHeaders...), g.do("GET", path, "", birdHeaders...)
		require.Equal(t, birdFacts(t, theirs), birdFacts(t, ours))
		require.Contains(t, c.quiet(0, args...), "0 to make, 2 here already")
	})
	t.Run("ChatBot", func(t *testing.T) {
		t.Parallel()
		c := newConsole(t, g)
		register("/chatbot/webhooks", `{"name":"orders","url":"https://example.com/bot","token":"the-token","headers":[{"name":"X-Shop","value":"hidden-word"}],"auth":{"username":"u","password":"hidden-word"}}`, bearer)
		out := c.with(operatorKey+"\n", 0, append(at("chatbot"), "--token", "-", "--yes")...)
		require.NotContains(t, out, "hidden-word")
		require.NotContains(t, out, "the-token")
		var list []struct{ ID string }
		g.do("GET", "/chatbot/webhooks", "", bearer...).decode(t, &list)
		require.Len(t, list, 1)
		one := string(g.do("GET", "/chatbot/webhooks/"+list[0].ID, "", bearer...).body)
		for _, want := range []string{`"token":"the-token"`, `"value":"hidden-word"`, `"password":"hidden-word"`, `"name":"orders"`} {
			require.Contains(t, one, want)
		}
	})
	t.Run("WhatsApp", func(t *testing.T) {
		t.Parallel()
		c := newConsole(t, g, "SWITCHHOOK_VENDOR_TOKEN="+operatorKey)
		register("/whatsapp/webhooks", `{"url":"https://example.com/wa","events":["message.received"]}`, bearer)
		c.quiet(0, append(at("whatsapp"), "--yes")...)
		require.Contains(t, string(g.do("GET", "/whatsapp/webhooks", "", bearer...).body), `"url":"https://example.com/wa","events":["message.received"],"active":true`)
		require.Contains(t, c.quiet(0, at("whatsapp")...), "1 here already")
	})
	t.Run("Errors", func(t *testing.T) {
		t.Parallel()
		c := newConsole(t, g, "SWITCHHOOK_VENDOR_TOKEN=wrong-hidden-word")
		for want, args := range map[string][]string{
			"401":                         at("vonage"),
			"has no operation that shows": at("callbell"),
			"must be one of bird":         at("other"),
			"--url: state the URL":        {"subscription", "import", "--from", "vonage"},
			"--url: must be a URL":        {"subscription", "import", "--from", "vonage", "--url", "x"},
			"SWITCHHOOK_VENDOR_TOKEN":     append(at("vonage"), "--token", " "),
			"read the vendor's list":      {"subscription", "import", "--from", "vonage", "--url", "http://127.0.0.1:1"},
		} {
			out := c.quiet(1, args...)
			require.Contains(t, out, want)
			require.NotContains(t, out, "hidden-word")
		}
	})
}

var (
	vonageIDs     = regexp.MustCompile(`id there  [0-9A-Za-z]{27}`)
	vonageSecrets = regexp.MustCompile(`once\): [0-9A-Za-z+/=]{80,}`)
)

// birdFacts are the parts of a list that are the vendor's to state, by event.
func birdFacts(t *testing.T, list answer) map[string]any {
	t.Helper()
	var page struct{ Results []map[string]any }
	list.decode(t, &page)
	out := map[string]any{}
	for _, r := range page.Results {
		for _, own := range []string{"id", "createdAt", "updatedAt"} {
			delete(r, own)
		}
		out[r["event"].(string)] = r
	}
	return out
}
