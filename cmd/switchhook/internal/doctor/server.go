package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

const maxAnswer = 1 << 20

// Server is a gateway that runs.
type Server struct {
	URL string
	// Key is an API key; "" leaves out what needs one.
	Key string
}

// Examine asks the gateway how it is.
func (s Server) Examine(ctx context.Context) Report {
	var r Report
	s.URL = strings.TrimRight(s.URL, "/")
	client := &http.Client{Timeout: checkTimeout}
	if s.alive(ctx, client, &r) {
		s.ready(ctx, client, &r)
		s.providers(ctx, client, &r)
	}
	return r
}

func (s Server) get(ctx context.Context, client *http.Client, path string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp, body, err
}

// alive also compares the clocks: answers say when they were made, to the second.
func (s Server) alive(ctx context.Context, client *http.Client, r *Report) bool {
	const name = "gateway"
	begin := time.Now()
	resp, _, err := s.get(ctx, client, "/healthz") //nolint:bodyclose // get closes it
	took := time.Since(begin)
	switch {
	case err != nil:
		r.fail(name, err.Error(), "start it, or name another one with --server")
		return false
	case resp.StatusCode != http.StatusOK:
		r.fail(name, fmt.Sprintf("%s/healthz answers %s", s.URL, resp.Status), "see that --server is the URL of a Switchhook gateway")
		return false
	}
	r.ok(name, "%s answers after %s", s.URL, took.Round(time.Millisecond))
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return true
	}
	ahead := date.Sub(begin.Add(took / 2))
	if ahead < 0 && ahead > -time.Second {
		ahead = 0 // the part of a second that the date leaves out
	}
	r.skew("clock", ahead, "the gateway's")
	return true
}

func (s Server) ready(ctx context.Context, client *http.Client, r *Report) {
	const name = "ready"
	resp, body, err := s.get(ctx, client, "/readyz") //nolint:bodyclose // get closes it
	if err != nil {
		r.fail(name, err.Error(), "see the gateway's log")
		return
	}
	var answer struct {
		NotReady []string `json:"not_ready"`
	}
	switch err := json.Unmarshal(body, &answer); {
	case resp.StatusCode == http.StatusOK:
		r.ok(name, "it takes requests and delivers")
	case err != nil:
		r.fail(name, s.URL+"/readyz answers "+resp.Status, "see the gateway's log")
	default:
		r.fail(name, "it is not: "+strings.Join(answer.NotReady, ", "), "its log has the reasons, as level=WARN msg=\"not ready\"")
	}
}

// providers needs a key: only operators are told why a plugin is down.
func (s Server) providers(ctx context.Context, client *http.Client, r *Report) {
	const name = "key"
	if s.Key == "" {
		r.warn(name, "none is given, so plugins are not looked at", "set SWITCHHOOK_KEY, or --key")
		return
	}
	c, err := switchhook.NewClient(s.URL, switchhook.WithHTTPClient(client),
		switchhook.WithRequestEditorFn(func(_ context.Context, req *http.Request) error {
			req.Header.Set("Authorization", "Bearer "+s.Key)
			return nil
		}))
	if err != nil {
		r.fail(name, err.Error(), "see --server")
		return
	}
	body, err := answer.Read(c.ListProviders(ctx))
	if err != nil {
		r.fail(name, err.Error(), "set the key of this gateway; an operator makes keys with switchhook key create")
		return
	}
	list, err := answer.Decode[switchhook.ProviderList](body)
	if err != nil {
		r.fail(name, err.Error(), "use a command line of the gateway's version")
		return
	}
	r.ok(name, "the gateway takes it")
	for i := range list.Items {
		p := &list.Items[i]
		if p.State == "up" {
			r.ok("plugin "+p.Name, "it is up")
			continue
		}
		why := "it is " + string(p.State)
		if p.LastError != nil {
			why += ": " + *p.LastError
		}
		r.fail("plugin "+p.Name, why, "the gateway starts it again; its log has more")
	}
}
