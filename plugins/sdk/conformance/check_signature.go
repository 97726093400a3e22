package conformance

import (
	"context"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	remedySign  = "sign with Subscription.Secret"
	remedyBoth  = "sign with Subscription.Secret and with Subscription.PreviousSecret, or leave overlap out of the manifest"
	remedyFresh = "sign with Delivery.Time, the time of the attempt, and sign what the request carries"
)

// checkSignature renders one event with two secrets and at two times. What of the
// request depends on the secret is taken as its signature.
func checkSignature(ctx context.Context, k *kit, r *recorder) {
	subs, err := k.subscribers(ctx)
	if err != nil {
		r.skip("no subscription can be made: %v", err)
		return
	}
	other := *subs[0]
	other.Secret = subs[1].Secret
	both := *subs[0]
	both.PreviousSecret = subs[1].Secret
	signed := false
	for _, c := range k.renderings(r) {
		if s, ok := k.sample(ctx, r, c, subs[0], &other, &both); ok {
			signed = true
			k.holdSignature(r, c, s)
		}
	}
	r.result.Notes = nil // those of the catalogue are the check render's
	if !signed {
		r.skip("no event can be rendered")
	}
}

// samples are one delivery's request, read as headers: as it is, again, with
// another secret, with that as the previous one, and an hour later.
type samples struct{ base, again, secret, both, later map[string]string }

func (k *kit) sample(ctx context.Context, r *recorder, c rendering, sub, other, both *sdk.Subscription) (samples, bool) {
	results, ok := k.render(ctx, r, c.subject, append(
		deliveriesOf(c, []*sdk.Subscription{sub, sub, other, both}, attemptTime), c.delivery(sub, attemptTime.Add(time.Hour))))
	if !ok {
		return samples{}, false
	}
	var read [5]map[string]string
	for i, result := range results {
		if result.Err != nil {
			return samples{}, false // a finding of the check render
		}
		read[i] = map[string]string{"the URL": result.Request.URL}
		for _, h := range result.Request.Headers {
			read[i][h.Name] += h.Value
		}
	}
	return samples{read[0], read[1], read[2], read[3], read[4]}, true
}

// differing are the names that have other values.
func differing(a, b map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if a[name] != b[name] {
			out = append(out, name)
		}
	}
	return out
}

func (k *kit) holdSignature(r *recorder, c rendering, s samples) {
	random := differing(s.base, s.again)
	signature, timed := differing(s.base, s.secret), differing(s.base, s.later)
	policy := k.manifest.Secret
	switch {
	case len(signature) == 0 && (policy.Generate || policy.Bytes > 0):
		r.add(c.subject, remedySign, "nothing of the request depends on the secret, though the manifest has a policy for secrets")
		return
	case len(signature) == 0:
		r.result.About = "nothing of the request depends on the secret; the manifest has none to sign with"
	case len(timed) > 0 && len(random) == 0 && !slices.ContainsFunc(timed, func(name string) bool { return slices.Contains(signature, name) }):
		r.add(c.subject, remedyFresh, "%s changes with the time of the attempt, but the signature (%s) is stale: it stays as it was",
			strings.Join(timed, ", "), strings.Join(signature, ", "))
	}
	for _, name := range signature {
		if policy.Overlap && len(random) == 0 && (!strings.Contains(s.both[name], s.base[name]) || !strings.Contains(s.both[name], s.secret[name])) {
			r.add(c.subject, remedyBoth, "the manifest says that secrets may overlap, but %s does not carry the signatures of both", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.base)) {
		for _, at := range times(s.base[name]) {
			switch {
			case at.Unix() == eventTime.Unix():
				r.add(c.subject, remedyFresh, "%s carries the event's time, not that of the attempt, so retries look old", name)
			case time.Since(at).Abs() < time.Hour:
				r.add(c.subject, remedyFresh, "%s carries the time of the clock, not that of the attempt", name)
			}
		}
	}
}

var unixTime = regexp.MustCompile(`\b1[0-9]{9}\b`)

// times are the Unix times in a header's value, and in the parts of a JWT.
func times(value string) []time.Time {
	texts := []string{value}
	for part := range strings.SplitSeq(value, ".") {
		if text, err := base64.RawURLEncoding.DecodeString(part); err == nil {
			texts = append(texts, string(text))
		}
	}
	var out []time.Time
	for _, text := range texts {
		for _, digits := range unixTime.FindAllString(text, -1) {
			if seconds, err := strconv.ParseInt(digits, 10, 64); err == nil {
				out = append(out, time.Unix(seconds, 0))
			}
		}
	}
	return out
}
