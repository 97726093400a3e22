package pluginclient

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// failed is the result of a delivery whose rendering is not allowed.
func failed(d *Delivery, format string, args ...any) Result {
	return Result{Err: sdk.Errorf(sdk.CodeInternal, "The adapter rendered %s in a way that cannot be sent: %s",
		d.EventType, fmt.Sprintf(format, args...))}
}

// checkResults matches a reply with its deliveries. A reply of the wrong length
// is no use at all; everything else fails one delivery.
func checkResults(ds []Delivery, out *adapterv1.RenderResponse) ([]Result, error) {
	if len(out.GetResults()) != len(ds) {
		return nil, badReply("%d results for %d deliveries", len(out.GetResults()), len(ds))
	}
	results := make([]Result, len(ds))
	targets := map[*sdk.Subscription]*target{}
	var names requestNames
	for i, p := range out.GetResults() {
		d := &ds[i]
		if p.GetError() != nil {
			results[i] = Result{Err: sdk.ErrorFromProto(p.GetError())}
			continue
		}
		to, ok := targets[d.Subscription]
		if !ok {
			to = newTarget(d.Subscription.URL)
			targets[d.Subscription] = to
		}
		req, err := checkRequest(p.GetRequest(), to, out.GetBodies(), &names)
		if err != nil {
			results[i] = failed(d, "%v", err)
			continue
		}
		results[i] = Result{Request: req}
	}
	return results, nil
}

// checkRequest checks one rendered request for the subscription at to.
func checkRequest(p *adapterv1.RenderedRequest, to *target, bodies [][]byte, names *requestNames) (*sdk.Request, error) {
	if p == nil {
		return nil, errors.New("neither a request nor an error")
	}
	switch p.GetMethod() {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return nil, fmt.Errorf("method %q is not GET, POST, PUT or PATCH", quoted(p.GetMethod()))
	}
	if err := to.check(p.GetUrl()); err != nil {
		return nil, err
	}
	if uint64(p.GetBody()) >= uint64(len(bodies)) {
		return nil, fmt.Errorf("body %d of %d", p.GetBody(), len(bodies))
	}
	body := bodies[p.GetBody()]
	if len(body) > MaxBody {
		return nil, fmt.Errorf("a body of %d bytes, more than %d", len(body), MaxBody)
	}
	headers := sdk.HeadersFromProto(p.GetHeaders())
	if err := checkHeaders(headers, names.check); err != nil {
		return nil, err
	}
	return &sdk.Request{Method: p.GetMethod(), URL: p.GetUrl(), Headers: headers, Body: body}, nil
}

// MaxURL bounds a rendered URL, in bytes.
const MaxURL = 16 << 10

// target is a subscription's URL.
type target struct {
	raw string
	url *url.URL // nil where it cannot be parsed
	// own is what is wrong with raw itself.
	own error
}

func newTarget(raw string) *target {
	t := &target{raw: raw}
	if len(raw) > MaxURL {
		t.own = errLongURL(raw)
		return t
	}
	var err error
	if t.url, err = url.Parse(raw); err != nil {
		t.url, t.own = nil, errUnreadableURL
		return t
	}
	t.own = t.compare(t.url)
	return t
}

// check keeps a rendered request at its subscriber.
func (t *target) check(raw string) error {
	if raw == t.raw {
		return t.own
	}
	if len(raw) > MaxURL {
		return errLongURL(raw)
	}
	u, err := url.Parse(raw)
	if err != nil || t.url == nil {
		return errUnreadableURL
	}
	return t.compare(u)
}

func (t *target) compare(u *url.URL) error {
	if u.Host == "" || u.Opaque != "" || origin(u) != origin(t.url) {
		return errors.New("the URL has another scheme, host or port than the subscription's")
	}
	// The user part becomes credentials; it is the subscriber's to choose.
	if u.User.String() != t.url.User.String() {
		return errors.New("the URL has another user part than the subscription's")
	}
	return nil
}

var errUnreadableURL = errors.New("the URL cannot be parsed")

func errLongURL(raw string) error {
	return fmt.Errorf("a URL of %d bytes, more than %d", len(raw), MaxURL)
}

// origin is scheme, host and port, comparable.
func origin(u *url.URL) [3]string {
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	switch {
	case port != "":
	case scheme == "https":
		port = "443"
	case scheme == "http":
		port = "80"
	}
	return [3]string{scheme, strings.ToLower(u.Hostname()), port}
}

// refusedHeaders are hop by hop, or set by the engine alone: framing by the HTTP
// client, the trace by the attempt.
var refusedHeaders = func() map[string]bool {
	all := map[string]bool{"host": true, "content-length": true, "traceparent": true, "tracestate": true, "baggage": true}
	maps.Copy(all, hopByHop)
	return all
}()

// requestNames are header names of requests that were found fit, by their place:
// the requests of a batch mostly have the same.
type requestNames []string

func (fit *requestNames) check(i int, name string) error {
	if i < len(*fit) && (*fit)[i] == name {
		return nil
	}
	if err := checkName(i, name); err != nil {
		return err
	}
	if is(refusedHeaders, name) {
		return fmt.Errorf("header %s is not the adapter's to set", name)
	}
	*fit = append((*fit)[:min(i, len(*fit))], name)
	return nil
}
