package main

import "strings"

func chatbotBad() []badRequest {
	const (
		webhooks = "/chatbot/webhooks"
		unknown  = webhooks + "/5a21a9e21ec94a0007f9ac19"
	)
	noKey := []string{"Content-Type: application/json"}
	wrongKey := append([]string{"Authorization: Bearer wrong-wrong-wrong"}, noKey...)
	create := func(members string) string { return `{"name":"a","url":"https://example.com",` + members + `}` }
	at := func(url string) string { return `{"name":"a","url":"` + url + `"}` }
	manyHeaders := strings.TrimSuffix(strings.Repeat(`{"name":"X","value":"1"},`, 100), ",")
	return []badRequest{
		{"ChatbotBrokenJSON", "POST", webhooks, `{"name":`, callbellHeaders, 400, []string{`"type":"bad_request"`, `"code":400`}},
		{"ChatbotNoObject", "POST", webhooks, `[]`, callbellHeaders, 400, []string{`"type":"bad_request"`}},
		{"ChatbotNoBody", "POST", webhooks, "", callbellHeaders, 400, []string{`"type":"bad_request"`}},
		{"ChatbotMissingName", "POST", webhooks, `{"url":"https://example.com"}`, callbellHeaders, 400, []string{"name"}},
		{"ChatbotMissingURL", "POST", webhooks, `{"name":"a"}`, callbellHeaders, 400, []string{"url"}},
		{"ChatbotEmptyName", "POST", webhooks, `{"name":"","url":"https://example.com"}`, callbellHeaders, 400, []string{"name"}},
		{"ChatbotLongName", "POST", webhooks, `{"name":"` + strings.Repeat("é", 1025) + `","url":"https://example.com"}`, callbellHeaders, 400, []string{"name", "1024"}},
		{"ChatbotWrongType", "POST", webhooks, `{"name":1,"url":"https://example.com"}`, callbellHeaders, 400, []string{"name"}},
		{"ChatbotNoScheme", "POST", webhooks, at("www.example.com"), callbellHeaders, 400, []string{"url"}},
		{"ChatbotFTP", "POST", webhooks, at("ftp://example.com/"), callbellHeaders, 400, []string{"url"}},
		{"ChatbotPrivate", "POST", webhooks, at("http://192.168.0.1/"), callbellHeaders, 400, []string{"url"}},
		{"ChatbotMetadata", "POST", webhooks, at("http://169.254.169.254/"), callbellHeaders, 400, []string{"url"}},
		{"ChatbotCredentialsInURL", "POST", webhooks, at("https://u:p@example.com/"), callbellHeaders, 400, []string{"url"}},
		{"ChatbotHeadersNoList", "POST", webhooks, create(`"headers":{}`), callbellHeaders, 400, []string{"headers"}},
		{"ChatbotManyHeaders", "POST", webhooks, create(`"headers":[` + manyHeaders + `]`), callbellHeaders, 400, []string{"headers", "99"}},
		{"ChatbotHeaderWithoutValue", "POST", webhooks, create(`"headers":[{"name":"X"}]`), callbellHeaders, 400, []string{"headers[0].value"}},
		{"ChatbotReservedHeader", "POST", webhooks, create(`"headers":[{"name":"Host","value":"x"}]`), callbellHeaders, 400, []string{"headers[0].name", "Host"}},
		{"ChatbotHeaderInjection", "POST", webhooks, create(`"headers":[{"name":"X","value":"a\r\nY: b"}]`), callbellHeaders, 400, []string{"headers[0].value"}},
		{"ChatbotHeaderName", "POST", webhooks, create(`"headers":[{"name":"a b","value":"1"}]`), callbellHeaders, 400, []string{"headers[0].name"}},
		{"ChatbotLongToken", "POST", webhooks, create(`"token":"` + strings.Repeat("x", 1025) + `"`), callbellHeaders, 400, []string{"token", "1024"}},
		{"ChatbotColonInUsername", "POST", webhooks, create(`"auth":{"username":"a:b"}`), callbellHeaders, 400, []string{"auth.username"}},
		{"ChatbotControlInPassword", "POST", webhooks, create(`"auth":{"password":"a\nb"}`), callbellHeaders, 400, []string{"auth.password"}},
		{"ChatbotWrongContentType", "POST", webhooks, chatbotCreate, []string{callbellHeaders[0], "Content-Type: text/plain"}, 415, []string{`"unsupported_media_type"`, "application/json"}},
		{"ChatbotTooLarge", "POST", webhooks, at(strings.Repeat("a", 2<<20)), callbellHeaders, 413, []string{`"code":413`}},
		{"ChatbotNoKey", "GET", webhooks, "", noKey, 401, []string{`"type":"unauthorized"`}},
		{"ChatbotWrongKey", "GET", webhooks, "", wrongKey, 401, []string{`"type":"unauthorized"`}},
		{"ChatbotWrongWord", "GET", webhooks, "", []string{"Authorization: Basic " + operatorKey}, 401, []string{`"type":"unauthorized"`}},
		{"ChatbotUnknownID", "GET", unknown, "", callbellHeaders, 404, []string{`"type":"not_found"`}},
		{"ChatbotNoID", "GET", webhooks + "/%00", "", callbellHeaders, 404, []string{`"type":"not_found"`}},
		{"ChatbotPutUnknown", "PUT", unknown, chatbotCreate, callbellHeaders, 404, []string{`"type":"not_found"`}},
		{"ChatbotPutWithoutURL", "PUT", unknown, `{"name":"a"}`, callbellHeaders, 400, []string{"url"}},
		{"ChatbotDeleteUnknown", "DELETE", unknown, "", callbellHeaders, 404, []string{`"type":"not_found"`}},
		{"ChatbotWrongVerb", "PATCH", unknown, "{}", callbellHeaders, 405, []string{`"type":"method_not_allowed"`}},
		{"ChatbotUnknownPath", "GET", "/chatbot/stories", "", callbellHeaders, 404, []string{`"type":"not_found"`}},
	}
}
