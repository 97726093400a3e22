package main

import "strings"

func callbellBad() []badRequest {
	const subscribe = "/callbell/v1/webhooks/subscribe"
	noKey := []string{"Content-Type: application/json"}
	return []badRequest{
		{"CallbellBrokenJSON", "POST", subscribe, `{"url":`, callbellHeaders, 400, []string{`{"error":`}},
		{"CallbellWrongType", "POST", subscribe, `{"url":1,"subscriptions":["message_created"]}`, callbellHeaders, 400, []string{"url"}},
		{"CallbellMissingURL", "POST", subscribe, `{"subscriptions":["message_created"]}`, callbellHeaders, 400, []string{"url"}},
		{"CallbellMissingSubscriptions", "POST", subscribe, `{"url":"https://example.com"}`, callbellHeaders, 400, []string{"subscriptions"}},
		{"CallbellUnknownEvent", "POST", subscribe, `{"url":"https://example.com","subscriptions":["message_eaten"]}`, callbellHeaders, 400, []string{"message_eaten", "subscriptions"}},
		{"CallbellNoScheme", "POST", subscribe, `{"url":"www.example.com","subscriptions":["message_created"]}`, callbellHeaders, 400, []string{"url"}},
		{"CallbellFTP", "POST", subscribe, `{"url":"ftp://example.com/","subscriptions":["message_created"]}`, callbellHeaders, 400, []string{"url"}},
		{"CallbellPrivate", "POST", subscribe, `{"url":"http://10.0.0.1/","subscriptions":["message_created"]}`, callbellHeaders, 400, []string{"url"}},
		{"CallbellMetadata", "POST", subscribe, `{"url":"http://169.254.169.254/","subscriptions":["message_created"]}`, callbellHeaders, 400, []string{"url"}},
		{"CallbellWrongContentType", "POST", subscribe, callbellSubscribe, []string{callbellHeaders[0], "Content-Type: text/plain"}, 415, []string{"application/json"}},
		{"CallbellTooLarge", "POST", subscribe, `{"url":"` + strings.Repeat("a", 2<<20) + `"}`, callbellHeaders, 413, []string{`{"error":`}},
		{"CallbellNoKey", "POST", subscribe, callbellSubscribe, noKey, 401, []string{`{"error":`}},
		{"CallbellWrongKey", "POST", subscribe, callbellSubscribe, append([]string{"Authorization: Bearer wrong-wrong-wrong"}, noKey...), 401, []string{`{"error":`}},
		{"CallbellWrongVerb", "PUT", subscribe, "", callbellHeaders, 405, []string{`{"error":`}},
		{"CallbellUnknownPath", "GET", "/callbell/v1/webhooks", "", callbellHeaders, 404, []string{`{"error":`}},
		{"CallbellUnsubscribeWithoutWebhook", "DELETE", "/callbell/v1/webhooks/unsubscribe", "", callbellHeaders, 404, []string{"webhook"}},
		{"CallbellBadStatus", "GET", "/callbell/v1/webhooks/events?status=maybe", "", callbellHeaders, 400, []string{"status"}},
		{"CallbellBadPage", "GET", "/callbell/v1/webhooks/events?page=-1", "", callbellHeaders, 400, []string{"page"}},
		{"CallbellCompressed", "POST", subscribe, callbellSubscribe, append([]string{"Content-Encoding: gzip"}, callbellHeaders...), 415, []string{"Content-Encoding"}},
		{"CallbellBadItems", "GET", "/callbell/v1/webhooks/events?items=101", "", callbellHeaders, 400, []string{"items"}},
		{"CallbellUnknownAccount", "GET", "/callbell/v1/webhooks/events", "", append([]string{"Switchhook-Account: nobody"}, callbellHeaders...), 400, []string{"Switchhook-Account"}},
	}
}
