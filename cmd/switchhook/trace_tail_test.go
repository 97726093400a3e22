package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.yaml.in/yaml/v3"

	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// tailPolicy is one of the collector's tail_sampling processor, of the types that
// the page about watching uses.
type tailPolicy struct {
	Name            string `yaml:"name"`
	Type            string `yaml:"type"`
	StringAttribute *struct {
		Key    string   `yaml:"key"`
		Values []string `yaml:"values"`
	} `yaml:"string_attribute"`
	NumericAttribute *struct {
		Key string `yaml:"key"`
		Min int64  `yaml:"min_value"`
		Max int64  `yaml:"max_value"`
	} `yaml:"numeric_attribute"`
	StatusCode *struct {
		Codes []string `yaml:"status_codes"`
	} `yaml:"status_code"`
	Probabilistic *struct {
		Percentage float64 `yaml:"sampling_percentage"`
	} `yaml:"probabilistic"`
}

// keeps tells whether a span has its trace kept, as the processor decides.
func (p *tailPolicy) keeps(t *testing.T, s *otlpsink.Span) bool {
	t.Helper()
	switch p.Type {
	case "string_attribute":
		v, is := s.Attributes[p.StringAttribute.Key].(string)
		return is && slices.Contains(p.StringAttribute.Values, v)
	case "numeric_attribute":
		v, is := s.Attributes[p.NumericAttribute.Key].(int64)
		return is && v >= p.NumericAttribute.Min && v <= p.NumericAttribute.Max
	case "status_code":
		return s.Failed && slices.Contains(p.StatusCode.Codes, "ERROR")
	case "probabilistic":
		return false // chance
	}
	require.Fail(t, "the test does not know this type of policy", p.Type)
	return false
}

// documentedPolicies reads those of docs/observability.md.
func documentedPolicies(t *testing.T) []tailPolicy {
	t.Helper()
	page, err := os.ReadFile("../../docs/observability.md")
	require.NoError(t, err)
	_, text, has := strings.Cut(string(page), "```yaml\nprocessors:\n  tail_sampling:")
	require.True(t, has)
	text, _, has = strings.Cut("processors:\n  tail_sampling:"+text, "```")
	require.True(t, has)
	var out struct {
		Processors struct {
			TailSampling struct {
				DecisionWait  string         `yaml:"decision_wait"`
				DecisionCache map[string]int `yaml:"decision_cache"`
				Policies      []tailPolicy   `yaml:"policies"`
			} `yaml:"tail_sampling"`
		} `yaml:"processors"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&out))
	require.NotEmpty(t, out.Processors.TailSampling.Policies)
	return out.Processors.TailSampling.Policies
}

// The documented rules for a collector name attributes that there are, and keep the
// traces of what failed and of what was retried, and no others.
func TestTheDocumentedTailRulesKeepFailedDeliveries(t *testing.T) {
	t.Parallel()
	policies := documentedPolicies(t)
	types := map[attribute.Key]string{}
	for _, a := range spans.Attributes {
		types[a.Key] = a.Type
	}
	for _, p := range policies {
		if p.StringAttribute != nil {
			require.Equal(t, "string", types[attribute.Key(p.StringAttribute.Key)], p.Name)
		}
		if p.NumericAttribute != nil {
			require.Equal(t, "int", types[attribute.Key(p.NumericAttribute.Key)], p.Name)
		}
	}
	sink, env := collector(t)
	g := startGateway(t, "", env...)
	well, flaky, bad := newReceiver(t, nil), newReceiver(t, failFirst), answering(t, http.StatusInternalServerError)
	for name, to := range map[string]*receiver{"well": well, "flaky": flaky, "bad": bad} {
		g.subscribeWith(map[string]any{"url": to.URL, "events": []string{name}, "delivery": retryAfter(1, 2)})
	}
	ids := map[string]string{"well": g.publish("well", `{}`), "flaky": g.publish("flaky", `{}`), "bad": g.publish("bad", `{}`)}
	for name, c := range map[string]struct {
		status string
		rules  []string
	}{
		"well": {"delivered", nil}, "flaky": {"delivered", []string{"errors", "failed", "retried"}}, "bad": {"dead", []string{"errors", "failed", "retried"}},
	} {
		d := g.waitDelivery(ids[name], c.status)
		all, err := sink.WaitFor(t.Context(), d.TraceID, func(all []otlpsink.Span) bool {
			return slices.ContainsFunc(all, func(s otlpsink.Span) bool { return s.Attributes[string(spans.Status)] == c.status })
		})
		require.NoError(t, err)
		var kept []string
		for _, p := range policies {
			if slices.ContainsFunc(all, func(s otlpsink.Span) bool { return p.keeps(t, &s) }) {
				kept = append(kept, p.Name)
			}
		}
		slices.Sort(kept)
		require.Equal(t, c.rules, kept, name)
	}
}

// A failed delivery has its whole waterfall although nothing was sampled, also after
// a kill.
func TestAFailedDeliveryIsSeenThoughNothingIsSampled(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, "SWITCHHOOK_TRACES_SAMPLE_RATIO=0")
		r := answering(t, http.StatusServiceUnavailable)
		g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(1, 3)})
		id := g.publish("order.created", `{}`)
		d := g.waitDelivery(id, "dead")
		require.Equal(t, -1, g.stop(syscall.SIGKILL))
		g.start()
		var recorded switchhook.TraceList
		g.unified(http.StatusOK, "GET", "/v1/traces", "").decode(t, &recorded)
		require.Empty(t, recorded.Items)
		var got switchhook.Trace
		g.unified(http.StatusOK, "GET", "/v1/deliveries/"+d.ID+"/trace", "").decode(t, &got)
		require.False(t, got.Recorded)
		failed := map[string]int{}
		for _, s := range got.Spans {
			require.Equal(t, switchhook.SpanStored, s.Source)
			if s.Status == switchhook.SpanFailed {
				require.Equal(t, "HTTP 503 Service Unavailable", *s.StatusMessage, s.Name)
				failed[fmt.Sprint(s.Name, " ", s.Attributes["switchhook.attempt"])]++
			}
		}
		require.Equal(t, map[string]int{
			"deliver order.created 1": 1, "deliver order.created 2": 1, "deliver order.created 3": 1, "attempt 1": 1, "attempt 2": 1, "attempt 3": 1,
		}, failed)
	})
}
