package audit

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// secretNames are parts of names of members whose values are masked, whatever they
// hold. Rather too many are masked than one too few.
var secretNames = []string{"secret", "token", "password", "private_key", "authorization", "credential", "certificate"}

// harmless are names that have such a part and hold no secret.
var harmless = []string{"token_url"}

// Mask returns JSON with everything masked that may be a secret, by its name, and
// the values of headers. What is no JSON is not told at all.
func Mask(body []byte) json.RawMessage {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	out, err := json.Marshal(masked("", v))
	if err != nil {
		return nil
	}
	return out
}

func masked(name string, v any) any {
	if isSecret(name) && v != nil && v != "" {
		return sdk.Redacted
	}
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if name == "headers" || name == "settings" {
				v[k] = sdk.Redacted
				continue
			}
			v[k] = masked(k, inner)
		}
	case []any:
		for i, inner := range v {
			if h, ok := inner.(map[string]any); ok && name == "headers" {
				if _, has := h["value"]; has {
					h["value"] = sdk.Redacted
				}
			}
			v[i] = masked("", inner)
		}
	}
	return v
}

func isSecret(name string) bool {
	name = strings.ToLower(name)
	return !slices.Contains(harmless, name) &&
		slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(name, part) })
}
