package conformance

import (
	"context"
	"regexp"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/manifestcheck"
	"github.com/switchhook/switchhook/plugins/sdk/memengine"
)

// checkManifest refuses what the gateway refuses at the start of a plugin.
func checkManifest(ctx context.Context, k *kit, r *recorder) {
	r.cases(1)
	doc, problems := manifestcheck.Check(&k.manifest)
	for _, p := range problems {
		r.add(p.Field, "correct the field in Manifest; the gateway does not start the plugin before", "%v", p.Err)
	}
	if len(problems) > 0 {
		return
	}
	if k.o.Accept != nil {
		if err := k.o.Accept(k.manifest); err != nil {
			r.add("openapi", "correct the document; the gateway does not serve it before", "%v", err)
			return
		}
	}
	k.doc, k.operations = doc, operationsOf(doc)
	if k.url = k.subscriberURL(ctx); k.url == "" {
		r.add("url", "correct the policy, or give the kit a URL that it takes (Options.URL)", "no URL that the kit knows is accepted by the manifest's URL policy")
		return
	}
	k.usable = true
}

var urlText = regexp.MustCompile(`https?://[^\s"'<>]{1,500}`)

// subscriberURL is a URL that the manifest's policy takes; "" if none is known.
func (k *kit) subscriberURL(ctx context.Context) string {
	candidates := []string{"https://example.com/webhook", "http://example.com/webhook"}
	if k.o.URL != "" {
		candidates = []string{k.o.URL}
	} else {
		candidates = append(candidates, urlText.FindAllString(string(k.manifest.OpenAPI), 100)...)
	}
	for _, u := range candidates {
		_, err := memengine.New(k.manifest).CreateSubscription(ctx, sdk.SubscriptionSpec{URL: u})
		if err == nil {
			return u
		}
	}
	return ""
}
