package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

var idForms = map[sdk.IDFormat]string{
	sdk.IDFormatUUID: "a UUID", sdk.IDFormatKSUID: "a KSUID", sdk.IDFormatHex24: "24 hexadecimal digits", sdk.IDFormatInteger: "an integer",
}

// checkIDs looks for the subscription's id in the answers that have ids: it must
// be the engine's, since later requests name the subscription by it.
func checkIDs(_ context.Context, k *kit, r *recorder) {
	if len(k.answered) == 0 {
		r.skip("no operation was answered with success")
		return
	}
	names := idParams(k.operations)
	for _, x := range k.answered {
		leaves := jsonLeaves(x.response.Body)
		if len(leaves) == 0 {
			continue
		}
		r.cases(1)
		if slices.ContainsFunc(leaves, func(l leaf) bool { return l.text == x.ids.subscription }) {
			continue
		}
		for _, l := range leaves {
			if names[plainName(l.key)] && !x.explains(l.text) {
				r.add(x.request.String(), "show Subscription.ID as it is, and set the manifest's IDFormat to the vendor's form",
					"%s is %q, and the subscription's id %q is nowhere in the answer; by the manifest's IDFormat it is %s",
					l.path, l.text, x.ids.subscription, idForms[k.manifest.IDFormat])
				break
			}
		}
	}
}

// explains tells whether an id of the answer is one of something else: of the
// delivery, or what the request named.
func (x exchanged) explains(id string) bool {
	if id == x.ids.delivery || id == x.ids.event {
		return true
	}
	for _, v := range x.request.path {
		if strings.EqualFold(fmt.Sprint(v), id) {
			return true
		}
	}
	return strings.Contains(string(x.request.body.bytes), id)
}

// leaf is a text or number of a JSON value.
type leaf struct{ path, key, text string }

// jsonLeaves lists texts and numbers of a JSON body; none where it is not JSON.
func jsonLeaves(b []byte) []leaf {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return appendLeaves(nil, "", "", v)
}

func appendLeaves(out []leaf, path, key string, v any) []leaf {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = appendLeaves(out, path+"/"+name, name, v[name])
		}
	case []any:
		for i, member := range v {
			out = appendLeaves(out, fmt.Sprintf("%s/%d", path, i), key, member)
		}
	case string:
		out = append(out, leaf{path, key, v})
	case json.Number:
		out = append(out, leaf{path, key, v.String()})
	}
	return out
}
