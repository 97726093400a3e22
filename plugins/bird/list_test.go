package bird_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

type page struct {
	Results       []answer
	NextPageToken *string
}

func list(t *testing.T, h *sdktest.Harness, path string) page {
	t.Helper()
	resp := h.Do(t, get(path))
	body := sdktest.Body(t, resp)
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	var p page
	require.NoError(t, json.Unmarshal([]byte(body), &p))
	return p
}

// walk reads all pages.
func walk(t *testing.T, h *sdktest.Harness, query string) (urls []string, pages int) {
	t.Helper()
	for token := ""; ; pages++ {
		p := list(t, h, short+"?pageToken="+token+query)
		for _, s := range p.Results {
			urls = append(urls, s.URL)
		}
		if p.NextPageToken == nil {
			return urls, pages + 1
		}
		require.NotEmpty(t, p.Results, "a token promises more")
		token = url.QueryEscape(*p.NextPageToken)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	require.JSONEq(t, `{"results":[]}`, sdktest.Body(t, h.Do(t, get(long))))
	var all, inbound []string
	for i := range 25 {
		event := "sms.outbound"
		at := fmt.Sprintf("https://a.example.com/%d", i)
		if i%3 == 0 {
			event = "sms.inbound"
			inbound = append(inbound, at)
		}
		all = append(all, at)
		create(t, h, long, fmt.Sprintf(`{"service":"channels","event":%q,"url":%q,"eventFilters":[{"key":"channelId","value":"%d"}]}`, event, at, i))
	}
	for limit, want := range map[string]int{"": 3, "&limit=5": 5, "&limit=25": 1, "&limit=100": 1, "&limit=1": 25} {
		urls, pages := walk(t, h, limit)
		require.Equal(t, all, urls, limit)
		require.Equal(t, want, pages, limit)
	}
	for limit, want := range map[string]int{"": 1, "&limit=4": 3, "&limit=9": 1, "&limit=3": 3} {
		urls, pages := walk(t, h, limit+"&SearchFilter[event]=sms.inbound")
		require.Equal(t, inbound, urls, limit)
		require.Equal(t, want, pages, limit)
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	id := create(t, h, long, documentedBody(t)).ID
	create(t, h, long, `{"service":"numbers","event":"tfn.verification","url":"https://b.example.com"}`)
	h.Do(t, request(http.MethodPatch, long+"/"+id, `{"status":"inactive"}`))
	for query, want := range map[string]int{
		"?SearchFilter[service]=channels":                               1,
		"?SearchFilter%5Bservice%5D=numbers":                            1,
		"?SearchFilter[service]=payments":                               0,
		"?SearchFilter[status]=active":                                  1,
		"?SearchFilter[status]=inactive&SearchFilter[service]=channels": 1,
		"?SearchFilter[status]=inactive&SearchFilter[service]=numbers":  0,
		"?SearchFilter[event]=tfn.verification":                         1,
		"?SearchFilter[url]=https://b.example.com":                      1,
	} {
		require.Len(t, list(t, h, long+query).Results, want, query)
	}
}

func TestListRefusesOtherTokens(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	id := create(t, h, long, documentedBody(t)).ID
	for _, path := range []string{long, long + "/" + id + "/logs"} {
		got := decode(t, h.Do(t, get(path+"?pageToken=nope")), http.StatusBadRequest)
		require.Equal(t, []string{"must be the nextPageToken of the page before"}, got.Details[".query.pageToken"])
	}
}

func TestAvailableWebhooks(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	type entry struct {
		Service string
		Events  []struct {
			Name       string
			FilterKeys []string
		}
	}
	read := func(query string) (entries []entry) {
		body := sdktest.Body(t, h.Do(t, get("/workspaces/"+workspace+"/available-webhooks"+query)))
		require.NoError(t, json.Unmarshal([]byte(body), &struct{ Results *[]entry }{&entries}))
		return entries
	}
	for _, e := range read("") {
		require.Equal(t, []entry{e}, read("?service="+e.Service))
		for i, event := range e.Events {
			require.NotContains(t, event.Name, "{")
			body := fmt.Sprintf(`{"service":%q,"event":%q,"url":"https://a.example.com"}`, e.Service, event.Name)
			create(t, h, long, body)
			if e.Service == "numbers" {
				require.Empty(t, e.Events[i].FilterKeys)
			}
		}
	}
	require.Empty(t, read("?service=payments"))
	body := sdktest.Body(t, h.Do(t, get("/workspaces/"+workspace+"/available-webhooks?service=channels")))
	require.Contains(t, body, `{"name":"sms.outbound","filterKeys":["channelId","messageStatus"]}`)
}

// What the manifest matches is what the adapter accepts.
func TestCatalogueConditions(t *testing.T) {
	t.Parallel()
	names := map[string]sdk.EventType{}
	for _, e := range bird.New().Manifest().EventTypes {
		names[e.Name] = e
	}
	require.Equal(t, []sdk.Filter{{Key: "/direction", Value: "inbound"}}, names["voice.inbound"].When)
	require.Equal(t, []sdk.Filter{{Key: "/direction", Value: "outbound"}}, names["voice.outbound"].When)
	require.Equal(t, []string{"conversation.closed"}, names["conversation.deleted"].Canonical)
	require.Equal(t, []string{"message.sent", "message.delivered", "message.read", "message.failed"}, names["{platform}.outbound"].Canonical)
}
