package eventbody_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
)

// BenchmarkParse reads events with data of 1 KiB in each form.
func BenchmarkParse(b *testing.B) {
	data := fmt.Sprintf(`{"order":"4711","total":12.50,"lines":[%s],"note":"%s"}`,
		strings.TrimSuffix(strings.Repeat(`{"sku":"NB-A5-DOT","title":"Notebook, A5","quantity":4,"price":12.50},`, 8), ","), strings.Repeat("x", 400))
	event := `{"specversion":"1.0","id":"order-4711","source":"/shop/orders","type":"order.created",` +
		`"time":"2026-11-21T09:00:00Z","datacontenttype":"application/json","data":` + data + `}`
	binary := http.Header{
		"Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Id": {"order-4711"}, "Ce-Source": {"/shop/orders"},
		"Ce-Type": {"order.created"}, "Accept-Encoding": {"gzip"}, "Authorization": {"Bearer x"}, "User-Agent": {"Go-http-client/1.1"},
	}
	for _, form := range []struct {
		name   string
		header http.Header
		body   string
	}{
		{"short", http.Header{"Content-Type": {"application/json"}}, `{"type":"order.created","data":` + data + `}`},
		{"structured", http.Header{"Content-Type": {"application/cloudevents+json"}}, event},
		{"batch100", http.Header{"Content-Type": {"application/cloudevents-batch+json"}}, "[" + strings.Repeat(event+",", 99) + event + "]"},
		{"binary", binary, data},
	} {
		b.Run(form.name, func(b *testing.B) {
			body := []byte(form.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := eventbody.Parse(form.header, body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
