package main

import "strings"

func birdBad() []badRequest {
	const (
		subs    = birdWorkspace + "/webhook-subscriptions"
		unknown = subs + "/852883af-5f68-4204-b611-7ee8db9600f4"
		invalid = `"code":"InvalidPayload"`
	)
	noKey := []string{"Content-Type: application/json"}
	wrongKey := append([]string{"Authorization: AccessKey wrong-wrong-wrong"}, noKey...)
	create := func(members string) string {
		return `{"service":"channels","event":"sms.inbound","url":"https://example.com/",` + members + `}`
	}
	at := func(url string) string { return `{"service":"channels","event":"sms.inbound","url":"` + url + `"}` }
	of := func(service, event string) string {
		return `{"service":"` + service + `","event":"` + event + `","url":"https://example.com/"}`
	}
	two := func(key string) string {
		return create(`"eventFilters":[{"key":"` + key + `","value":"1"},{"key":"` + key + `","value":"2"}]`)
	}
	return []badRequest{
		{"BirdBrokenJSON", "POST", subs, `{"service":`, birdHeaders, 422, []string{invalid, `".body"`}},
		{"BirdMissingFields", "POST", subs, `{}`, birdHeaders, 422, []string{invalid, ".body.service", ".body.event", ".body.url"}},
		{"BirdUnknownProperty", "POST", subs, create(`"secret":"x"`), birdHeaders, 422, []string{invalid, "secret"}},
		{"BirdWrongType", "POST", subs, `{"service":"channels","event":1,"url":"https://example.com/"}`, birdHeaders, 422, []string{invalid, ".body.event"}},
		{"BirdUnknownService", "POST", subs, of("parcels", "sms.inbound"), birdHeaders, 422, []string{invalid, ".body.service"}},
		{"BirdServiceWithoutEvents", "POST", subs, of("payments", "payment.made"), birdHeaders, 422, []string{invalid, ".body.service", "payments"}},
		{"BirdUnknownEvent", "POST", subs, of("channels", "sms.eaten"), birdHeaders, 422, []string{invalid, ".body.event", "sms.eaten"}},
		{"BirdEventOfAnotherService", "POST", subs, of("numbers", "sms.inbound"), birdHeaders, 422, []string{invalid, ".body.event", "channels"}},
		{"BirdWildcard", "POST", subs, of("channels", "*"), birdHeaders, 422, []string{invalid, ".body.event"}},
		{"BirdHTTP", "POST", subs, at("http://example.com/"), birdHeaders, 422, []string{invalid, ".body.url"}},
		{"BirdAddress", "POST", subs, at("https://10.0.0.1/"), birdHeaders, 422, []string{invalid, ".body.url"}},
		{"BirdLocalhost", "POST", subs, at("https://localhost/"), birdHeaders, 422, []string{invalid, ".body.url"}},
		{"BirdUnknownFilter", "POST", subs, create(`"eventFilters":[{"key":"weather","value":"1"}]`), birdHeaders, 422, []string{invalid, ".body.eventFilters[0].key", "channelId"}},
		{"BirdFilterOfAnotherEvent", "POST", subs, create(`"eventFilters":[{"key":"messageStatus","value":"read"}]`), birdHeaders, 422, []string{invalid, ".body.eventFilters[0].key"}},
		{"BirdTwoChannels", "POST", subs, two("channelId"), birdHeaders, 422, []string{invalid, ".body.eventFilters[1].key"}},
		{"BirdFilterWithoutValue", "POST", subs, create(`"eventFilters":[{"key":"channelId"}]`), birdHeaders, 422, []string{invalid, ".body.eventFilters[0].value"}},
		{"BirdLongKey", "POST", subs, create(`"signingKey":"` + strings.Repeat("x", 1025) + `"`), birdHeaders, 422, []string{invalid, ".body.signingKey"}},
		{"BirdWrongContentType", "POST", subs, birdCreate, append([]string{"Content-Type: application/xml"}, birdHeaders[:2]...), 415, []string{`"code":"UnsupportedMediaType"`}},
		{"BirdTooLarge", "POST", subs, at(strings.Repeat("a", 2<<20)), birdHeaders, 413, []string{`"code":"PayloadTooLarge"`}},
		{"BirdNoKey", "GET", subs, "", noKey, 401, []string{`"code":"Unauthorized"`}},
		{"BirdWrongKey", "GET", subs, "", wrongKey, 401, []string{`"code":"Unauthorized"`}},
		{"BirdBadOrganization", "GET", "/bird/organizations/acme/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352/webhook-subscriptions", "", birdHeaders, 400, []string{`"code":"InvalidRequest"`, "organizationId"}},
		{"BirdBadWorkspace", "GET", "/bird/workspaces/mine/webhook-subscriptions", "", birdHeaders, 400, []string{`"code":"InvalidRequest"`, "workspaceId"}},
		{"BirdBadLimit", "GET", subs + "?limit=0", "", birdHeaders, 400, []string{`"code":"InvalidRequest"`, ".query.limit"}},
		{"BirdBadPageToken", "GET", subs + "?pageToken=%21", "", birdHeaders, 400, []string{`"code":"InvalidRequest"`, "pageToken"}},
		{"BirdBadSearch", "GET", subs + "?SearchFilter%5Bstatus%5D=lost", "", birdHeaders, 400, []string{"SearchFilter[status]"}},
		{"BirdBadService", "GET", birdWorkspace + "/available-webhooks?service=parcels", "", birdHeaders, 400, []string{".query.service"}},
		{"BirdUnknownID", "GET", unknown, "", birdHeaders, 404, []string{`"code":"NotFound"`}},
		{"BirdNoID", "GET", subs + "/not-an-id", "", birdHeaders, 404, []string{`"code":"NotFound"`}},
		{"BirdPatchUnknown", "PATCH", unknown, `{"status":"inactive"}`, birdHeaders, 404, []string{`"code":"NotFound"`}},
		{"BirdPatchNothing", "PATCH", unknown, `{}`, birdHeaders, 422, []string{invalid}},
		{"BirdPatchStatus", "PATCH", unknown, `{"status":"asleep"}`, birdHeaders, 422, []string{invalid, ".body.status"}},
		{"BirdPatchEvent", "PATCH", unknown, `{"event":"sms.outbound"}`, birdHeaders, 422, []string{invalid, "event"}},
		{"BirdDeleteUnknown", "DELETE", unknown, "", birdHeaders, 404, []string{`"code":"NotFound"`}},
		{"BirdLogsOfUnknown", "GET", unknown + "/logs", "", birdHeaders, 404, []string{`"code":"NotFound"`}},
		{"BirdLogsBadStatus", "GET", unknown + "/logs?executionStatus=lost", "", birdHeaders, 400, []string{".query.executionStatus"}},
		{"BirdDetailsWithoutRequest", "GET", unknown + "/logs/details", "", birdHeaders, 400, []string{".query.requestId"}},
		{"BirdDetailsOfUnknown", "GET", unknown + "/logs/details?requestId=x", "", birdHeaders, 404, []string{`"code":"NotFound"`}},
		{"BirdWrongVerb", "PUT", unknown, "{}", birdHeaders, 405, []string{`"code":"MethodNotAllowed"`}},
		{"BirdUnknownPath", "GET", birdWorkspace + "/webhooks", "", birdHeaders, 404, []string{`"code":"NotFound"`}},
	}
}
