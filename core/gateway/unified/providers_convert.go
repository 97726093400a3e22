package unified

import (
	"net/http"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// providers joins what plugins say of themselves with what the host says of them.
func (s *server) providers(operator bool) map[string]switchhook.Provider {
	out := map[string]switchhook.Provider{}
	set := s.Providers.Providers()
	for _, name := range set.Names() {
		out[name] = providerOut(&set.Get(name).Manifest)
	}
	for _, status := range s.PluginStatus() {
		p := out[status.Provider]
		p.Name, p.State = status.Provider, switchhook.ProviderState(status.State)
		if operator {
			p.LastError = optional(status.LastError)
		}
		out[status.Provider] = p
	}
	return out
}

func providerOut(m *sdk.Manifest) switchhook.Provider {
	types := make([]switchhook.EventType, len(m.EventTypes))
	for i, t := range m.EventTypes {
		types[i] = switchhook.EventType{Name: t.Name, Canonical: t.Canonical, Description: optional(t.Description)}
		if t.Canonical == nil {
			types[i].Canonical = []string{}
		}
	}
	limits := make([]switchhook.SubscriptionLimit, len(m.Limits))
	for i, l := range m.Limits {
		limits[i] = switchhook.SubscriptionLimit{Scope: limitScopes[l.Scope], Max: l.Max}
	}
	policy := policyOut(m.Delivery)
	return switchhook.Provider{
		Name: m.Provider, Title: optional(m.Title), Version: optional(m.Version), State: switchhook.Up,
		EventTypes: &types, OpenCatalogue: &m.OpenCatalogue, Limits: &limits, Delivery: &policy,
	}
}

var limitScopes = map[sdk.LimitScope]switchhook.SubscriptionLimitScope{
	sdk.LimitScopeAccount:     "account",
	sdk.LimitScopeNamespace:   "namespace",
	sdk.LimitScopeSameFilters: "same_filters",
}

func policyOut(p sdk.DeliveryPolicy) switchhook.DeliveryPolicy {
	out := switchhook.DeliveryPolicy{
		TimeoutSeconds: p.Timeout.Seconds(), ScheduleSeconds: make([]float64, len(p.Schedule)), Jitter: p.Jitter,
		MaxAttempts: optional(p.MaxAttempts), BudgetSeconds: optional(p.Budget.Seconds()),
		DisableAfterSeconds: optional(p.DisableAfter.Seconds()),
	}
	for i, wait := range p.Schedule {
		out.ScheduleSeconds[i] = wait.Seconds()
	}
	for _, r := range p.Success {
		out.Success = append(out.Success, switchhook.StatusRange{From: r.From, To: r.To})
	}
	if len(p.Success) == 0 { // as [sdk.DeliveryPolicy.IsSuccess] has it
		out.Success = []switchhook.StatusRange{{From: http.StatusOK, To: http.StatusMultipleChoices - 1}}
	}
	return out
}
