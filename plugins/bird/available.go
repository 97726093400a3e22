package bird

import "github.com/switchhook/switchhook/gen/bird"

// available lists the events of every service that has any, or of one.
func available(only *bird.Service) bird.AvailableWebhookList {
	out := bird.AvailableWebhookList{Results: []bird.AvailableWebhook{}}
	for _, service := range services {
		if !equal(only, service) {
			continue
		}
		if events := eventsOf(service); len(events) > 0 {
			out.Results = append(out.Results, bird.AvailableWebhook{Service: service, Events: events})
		}
	}
	return out
}
