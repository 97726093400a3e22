package main

import "strings"

func whatsappBad() []badRequest {
	const (
		webhooks = "/whatsapp/webhooks"
		unknown  = webhooks + "/77"
		stats    = "/whatsapp/admin/webhooks/stats"
	)
	noKey := []string{"Content-Type: application/json"}
	wrongKey := append([]string{"Authorization: Bearer wrong-wrong-wrong"}, noKey...)
	create := func(members string) string { return `{"url":"https://example.com/",` + members + `}` }
	at := func(url string) string { return `{"url":"` + url + `"}` }
	return []badRequest{
		{"WhatsappBrokenJSON", "POST", webhooks, `{"url":`, whatsappHeaders, 400, []string{`"status":false`, `"code":400`, `"message":"Bad request"`}},
		{"WhatsappMissingURL", "POST", webhooks, `{}`, whatsappHeaders, 400, []string{"url"}},
		{"WhatsappWrongType", "POST", webhooks, `{"url":["https://example.com/"]}`, whatsappHeaders, 400, []string{"url"}},
		{"WhatsappHTTP", "POST", webhooks, at("http://example.com/"), whatsappHeaders, 400, []string{`"error":"URL must be HTTPS"`}},
		{"WhatsappNoURL", "POST", webhooks, at("nowhere"), whatsappHeaders, 400, []string{`"error":"URL must be HTTPS"`}},
		{"WhatsappPrivate", "POST", webhooks, at("https://192.168.0.1/"), whatsappHeaders, 400, []string{"url"}},
		{"WhatsappMetadata", "POST", webhooks, at("https://169.254.169.254/"), whatsappHeaders, 400, []string{"url"}},
		{"WhatsappUnknownEvent", "POST", webhooks, create(`"events":["message.received","message.eaten"]`), whatsappHeaders, 400, []string{"events[1]", "message.eaten"}},
		{"WhatsappWildcard", "POST", webhooks, create(`"events":["message.*"]`), whatsappHeaders, 400, []string{"events[0]", "wildcard"}},
		{"WhatsappEventsNoList", "POST", webhooks, create(`"events":"message.received"`), whatsappHeaders, 400, []string{"events"}},
		{"WhatsappLongSecret", "POST", webhooks, create(`"secret":"` + strings.Repeat("x", 1025) + `"`), whatsappHeaders, 400, []string{"secret"}},
		{"WhatsappWrongContentType", "POST", webhooks, whatsappCreate, []string{whatsappHeaders[0], "Content-Type: text/plain"}, 415, []string{`"code":415`}},
		{"WhatsappTooLarge", "POST", webhooks, at(strings.Repeat("a", 2<<20)), whatsappHeaders, 413, []string{`"code":413`}},
		{"WhatsappNoKey", "GET", webhooks, "", noKey, 401, []string{"Invalid or missing authentication"}},
		{"WhatsappWrongKey", "GET", webhooks, "", wrongKey, 401, []string{"Invalid or expired JWT token"}},
		{"WhatsappUnknownID", "GET", unknown, "", whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappNoID", "GET", webhooks + "/one", "", whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappHugeID", "GET", webhooks + "/99999999999999999999", "", whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappPatchUnknown", "PATCH", unknown, `{"active":false}`, whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappPatchWrongType", "PATCH", unknown, `{"active":"no"}`, whatsappHeaders, 400, []string{"active"}},
		{"WhatsappPatchHTTP", "PATCH", unknown, at("http://example.com/"), whatsappHeaders, 400, []string{`"error":"URL must be HTTPS"`}},
		{"WhatsappDeleteUnknown", "DELETE", unknown, "", whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappTestUnknown", "POST", unknown + "/test", "", whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappLogsOfUnknown", "GET", unknown + "/logs", "", whatsappHeaders, 404, []string{`"error":"Webhook not found"`}},
		{"WhatsappStatsNoSecret", "GET", stats, "", noKey, 401, []string{"Invalid or missing admin secret"}},
		{"WhatsappStatsWrongSecret", "GET", stats, "", []string{"X-Admin-Secret: wrong-wrong-wrong"}, 401, []string{"Invalid or missing admin secret"}},
		{"WhatsappStatsKeyElsewhere", "GET", stats, "", whatsappHeaders, 401, []string{"Invalid or missing admin secret"}},
		{"WhatsappWrongVerb", "PUT", unknown, "{}", whatsappHeaders, 405, []string{`"code":405`}},
		{"WhatsappUnknownPath", "GET", "/whatsapp/devices", "", whatsappHeaders, 404, []string{`"code":404`}},
	}
}
