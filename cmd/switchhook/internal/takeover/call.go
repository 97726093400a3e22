package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	timeout = 60 * time.Second
	// maxAnswer bounds what is read of an answer, maxQuoted what an error shows of
	// one, in bytes.
	maxAnswer = 64 << 20
	maxQuoted = 300
	// maxPages bounds a list that has no end.
	maxPages = 10_000
)

func client() *http.Client { return &http.Client{Timeout: timeout} }

// authorize returns the request editor of a side, for any of the generated clients.
func (s Side) authorize(scheme string, accept string) func(context.Context, *http.Request) error {
	return func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", scheme+" "+s.Token)
		r.Header.Set("Accept", accept)
		if s.Account != "" {
			r.Header.Set("Switchhook-Account", s.Account)
		}
		return nil
	}
}

// base is the URL without the slash that paths begin with.
func (s Side) base() (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("must be a URL such as https://api.example.com")
	}
	return strings.TrimRight(s.URL, "/"), nil
}

// decode reads a successful answer, and closes it.
func decode[T any](resp *http.Response, err error) (v T, _ error) {
	if err != nil {
		return v, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return v, err
	case len(body) > maxAnswer:
		return v, errors.New("the answer is too large")
	case resp.StatusCode >= http.StatusMultipleChoices:
		return v, fmt.Errorf("the answer was %s: %s", resp.Status, quoted(body))
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("the answer is not that of the API: %w", err)
	}
	return v, nil
}

// quoted is the start of an answer on one line.
func quoted(body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), maxQuoted)]), "?")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

func onOff(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}
