package unified

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/switchhook/switchhook/core/audit"
)

// Audit keeps the audit log.
type Audit interface {
	// WriteAudit writes what the request of ctx has noted.
	WriteAudit(ctx context.Context) error
	// ListAudit reads a page of an account's entries, newest first.
	ListAudit(ctx context.Context, q audit.Query) ([]audit.Entry, error)
}

// maxAuditedAnswer is the largest answer that an entry shows, in bytes.
const maxAuditedAnswer = 64 << 10

// audit has the changes of a request written to the audit log. What is changed
// notes it, and the store writes it with the change. For what notes nothing, the
// entry shows what was answered, and is written before the answer goes out.
func (e *edge) audit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if !c.operation.audited || e.cfg.Audit == nil {
			next.ServeHTTP(w, r)
			return
		}
		log := &audit.Log{Actor: c.principal.Actor(), Action: c.operation.Operation.OperationID, RequestID: c.id, Now: e.cfg.Now}
		// The call itself stays as it is: others look at it already.
		ctx := audit.With(r.Context(), log)
		answer := hold(next, w, r.WithContext(ctx))
		if answer.status < http.StatusMultipleChoices && !log.Noted() && !isDryRun(c.body) {
			e.writeAudit(ctx, c, answer.body.Bytes())
		}
		send(w, answer.status, answer.body.Bytes())
	})
}

// writeAudit tells of a change by its answer. The change is made, so that the
// answer goes out whether or not this succeeds.
func (e *edge) writeAudit(ctx context.Context, c *call, answer []byte) {
	var after any
	if len(answer) > 0 && len(answer) <= maxAuditedAnswer {
		if masked := audit.Mask(answer); masked != nil {
			after = masked
		}
	}
	err := audit.Note(ctx, c.principal.AccountID, resourceOf(c, answer), nil, after)
	if err == nil {
		// The change is made, whether or not the client waits.
		err = e.cfg.Audit.WriteAudit(context.WithoutCancel(ctx))
	}
	if err != nil {
		e.cfg.Logger.ErrorContext(ctx, "cannot write to the audit log", slog.Any("error", err),
			slog.String("action", c.operation.Operation.OperationID), slog.String("request_id", c.id))
	}
}

// resourceOf names what a request is about, by its path or else by the answer.
func resourceOf(c *call, answer []byte) audit.Resource {
	collection, _, _ := strings.Cut(strings.TrimPrefix(c.operation.Path, "/v1/"), "/")
	r := audit.Resource{Type: singular(collection)}
	for _, id := range c.params {
		r.ID = id
	}
	if r.ID == "" {
		var made struct{ ID, Name string }
		_ = json.Unmarshal(answer, &made) // no id is none
		r.ID = made.ID
		if r.ID == "" {
			r.ID = made.Name
		}
	}
	return r
}

// singular is the resource that a collection has.
func singular(collection string) string {
	word := strings.ReplaceAll(collection, "-", "_")
	if stem, ok := strings.CutSuffix(word, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(word, "s")
}

// isDryRun tells whether a request asks for nothing to be changed.
func isDryRun(body []byte) bool {
	var in struct {
		DryRun bool `json:"dry_run"`
	}
	return len(body) > 0 && json.Unmarshal(body, &in) == nil && in.DryRun
}
