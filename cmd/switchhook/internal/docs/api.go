package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Intro is the description of the vendor's API.
func (p provider) Intro() string { return strings.TrimSpace(p.Document.Info.Description) }

// Server is the vendor's own address; "" where there is none.
func (p provider) Server() string {
	if len(p.Document.Servers) == 0 {
		return ""
	}
	return p.Document.Servers[0].URL
}

// Base is the path that stands before those of the operations.
func (p provider) Base() string {
	server := strings.NewReplacer("{", "", "}", "").Replace(p.Server())
	path := ""
	if u, err := url.Parse(server); err == nil {
		path = strings.TrimSuffix(u.Path, "/")
	}
	return "/" + p.Name + path
}

// Auth are the ways to authenticate.
func (p provider) Auth() []string {
	var ways []string
	for _, name := range slices.Sorted(maps.Keys(p.Document.Components.SecuritySchemes)) {
		scheme := p.Document.Components.SecuritySchemes[name].Value
		if scheme.Type == "apiKey" && scheme.Name != "Authorization" {
			ways = append(ways, code(scheme.Name+": <key>"))
			continue
		}
		switch word, _ := scheme.Extensions["x-auth-prefix"].(string); word {
		case "none":
			ways = append(ways, code("Authorization: Bearer <key>"), code("Authorization: <key>"))
		case "":
			ways = append(ways, code("Authorization: Bearer <key>"))
		default:
			ways = append(ways, code("Authorization: "+word+" <key>"))
		}
	}
	return ways
}

// TokenEndpoint is where clients fetch access tokens; "" where they do not.
func (p provider) TokenEndpoint() string {
	for _, scheme := range p.Document.Components.SecuritySchemes {
		flows := scheme.Value.Flows
		if flows != nil && flows.ClientCredentials != nil && strings.HasPrefix(flows.ClientCredentials.TokenURL, "/") {
			return "/" + p.Name + flows.ClientCredentials.TokenURL
		}
	}
	return ""
}

// Accept is what a client must accept; "" for anything.
func (p provider) Accept() string {
	list, _ := p.Document.Extensions["x-accept"].([]any)
	var types []string
	for _, t := range list {
		types = append(types, code(fmt.Sprint(t)))
	}
	return strings.Join(types, " or ")
}

// operation is one operation of the vendor's API.
type operation struct {
	Method, Path, Summary string
	// Success codes and Failures of its answers.
	Success, Failures string
	Scopes            string
}

// Operations lists the operations by path.
func (p provider) Operations() []operation {
	var all []operation
	for _, path := range p.Document.Paths.InMatchingOrder() {
		item := p.Document.Paths.Find(path)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if op := item.GetOperation(method); op != nil {
				all = append(all, newOperation(p.Document, method, path, op))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b operation) int { return strings.Compare(a.Path, b.Path) })
	return all
}

func newOperation(doc *openapi3.T, method, path string, op *openapi3.Operation) operation {
	out := operation{Method: method, Path: path, Summary: op.Summary}
	var success, failures []string
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		if strings.HasPrefix(status, "2") {
			success = append(success, status)
		} else {
			failures = append(failures, status)
		}
	}
	out.Success, out.Failures = strings.Join(success, ", "), strings.Join(failures, " ")
	security := doc.Security
	if op.Security != nil {
		security = *op.Security
	}
	var scopes []string
	for _, requirement := range security {
		for _, names := range requirement {
			scopes = append(scopes, names...)
		}
	}
	slices.Sort(scopes)
	if len(scopes) == 0 {
		scopes = []string{"subscriptions:write"}
		if method == "GET" {
			scopes = []string{"subscriptions:read"}
		}
	}
	out.Scopes = strings.Join(slices.Compact(scopes), ", ")
	return out
}
