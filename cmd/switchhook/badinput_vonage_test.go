package main

func vonageBad() []badRequest {
	const (
		subs    = "/vonage/webhooks/subscriptions"
		unknown = subs + "/2V1lVz6FeKOuVLEpSU6M0aqkM9b"
	)
	noKeyVonage := []string{"Content-Type: application/json", "Accept: */*"}
	return []badRequest{
		{"VonageBrokenJSON", "POST", subs, `{`, vonageHeaders, 400, []string{`"message"`}},
		{"VonageMissingName", "POST", subs, `{"url":"https://example.com","events":["*"]}`, vonageHeaders, 400, []string{"name"}},
		{"VonageEventsNoList", "POST", subs, `{"name":"abc","url":"https://example.com","events":"*"}`, vonageHeaders, 400, []string{"events"}},
		{"VonageUnknownEvent", "POST", subs, `{"name":"abc","url":"https://example.com","events":["agent.slept.v0"]}`, vonageHeaders, 400, []string{"agent.slept.v0"}},
		{"VonageBadWildcard", "POST", subs, `{"name":"abc","url":"https://example.com","events":["chan*"]}`, vonageHeaders, 400, []string{"chan*"}},
		{"VonageBadSecret", "POST", subs, `{"name":"abc","url":"https://example.com","events":["*"],"secret":"!!!"}`, vonageHeaders, 400, []string{"secret"}},
		{"VonageLoopbackName", "POST", subs, `{"name":"abc","url":"https://[fd00::1]/","events":["*"]}`, vonageHeaders, 400, []string{"url"}},
		{"VonageNoAccept", "POST", subs, vonageCreate, vonageHeaders[:1], 406, []string{`"message"`}},
		{"VonageWrongAccept", "GET", subs, "", []string{vonageHeaders[0], "Accept: text/html"}, 406, []string{"application/vnd.newvoicemedia.v1+json"}},
		{"VonageWrongContentType", "POST", subs, vonageCreate, append([]string{"Content-Type: application/xml"}, vonageHeaders[:2]...), 415, []string{`"message"`}},
		{"VonageNoKey", "GET", subs, "", noKeyVonage, 401, []string{`"error":"invalid_request"`}},
		{"VonageUnknownID", "GET", unknown, "", vonageHeaders, 404, []string{`"message"`}},
		{"VonageNoID", "GET", subs + "/not-an-id", "", vonageHeaders, 404, []string{`"message"`}},
		{"VonagePatchUnknown", "PATCH", unknown, `{"enabled":false}`, vonageHeaders, 404, []string{`"message"`}},
		{"VonagePatchWrongType", "PATCH", unknown, `{"enabled":"no"}`, vonageHeaders, 400, []string{"enabled"}},
		{"VonageDeleteUnknown", "DELETE", unknown, "", vonageHeaders, 404, []string{`"message"`}},
		{"VonageWrongVerb", "PUT", unknown, "{}", vonageHeaders, 405, []string{`"message"`}},
		{"VonageShortName", "POST", subs, `{"name":"ab","url":"https://example.com","events":["*"]}`, vonageHeaders, 400, []string{"name"}},
		{"VonageNoEvents", "POST", subs, `{"name":"abc","url":"https://example.com","events":[]}`, vonageHeaders, 400, []string{"events"}},
		{"VonagePatchNothing", "PATCH", unknown, `{}`, vonageHeaders, 400, []string{`"message"`}},
		{"VonageWrongKey", "GET", subs, "", append([]string{"Authorization: bearer wrong-wrong-wrong"}, noKeyVonage...), 401, []string{`"error":"invalid_token"`}},
		{"VonageEventTypesNoKey", "GET", "/vonage/webhooks/event-types", "", noKeyVonage, 401, []string{`"error":"invalid_request"`}},
	}
}
