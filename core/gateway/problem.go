package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
)

// problem is an error of the gateway's own paths (RFC 9457).
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	p.Type, p.Title, p.RequestID = "about:blank", http.StatusText(p.Status), RequestID(r.Context())
	w.Header().Set("Content-Type", "application/problem+json")
	writeJSON(w, p.Status, p)
}

// writeJSON writes v, which is of this package and can be marshalled.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	// The client is gone if this fails; net/http leaves out the body for HEAD.
	_, _ = w.Write(append(body, '\n'))
}

// onlyRead serves GET and HEAD.
func onlyRead(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeProblem(w, r, problem{Status: http.StatusMethodNotAllowed, Detail: "This path can only be read."})
		return
	}
	serve(w, r)
}

// noSuchPath names what there is.
func (g *Gateway) noSuchPath() problem {
	prefixes := []string{"/v1/"}
	for _, name := range g.names() {
		prefixes = append(prefixes, "/"+name+"/")
	}
	return problem{
		Status: http.StatusNotFound,
		Detail: "There is no such path. Known are " + strings.Join(prefixes, ", ") + ", /docs, /healthz, /readyz and /metrics.",
	}
}
