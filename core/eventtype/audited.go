package eventtype

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/audit"
)

// NoteChange notes what a person changed of a type, for the audit log; before is
// nil for a new one, after for one that is gone. The store calls it in the
// transaction of the change.
func NoteChange(ctx context.Context, before, after *EventType) error {
	t := after
	var was, is any
	if before != nil {
		t, was = before, auditViewOf(before)
	}
	if after != nil {
		is = auditViewOf(after)
	}
	return audit.Note(ctx, t.AccountID, audit.Resource{Type: "event_type", ID: t.Name}, was, is)
}

// auditView is a type as the audit log shows it.
type auditView struct {
	Description string    `json:"description,omitempty"`
	Schema      any       `json:"schema,omitempty"`
	Example     any       `json:"example,omitempty"`
	Deprecated  bool      `json:"deprecated,omitempty"`
	Revision    uuid.UUID `json:"revision"`
}

func auditViewOf(t *EventType) auditView {
	return auditView{
		Description: t.Description, Schema: shown(t.Schema), Example: shown(t.Example), Deprecated: t.Deprecated, Revision: t.Revision,
	}
}

// maxShown is the largest document that an entry shows whole, in bytes: an import
// may change a thousand.
const maxShown = 4 << 10

// digest tells one document that is not shown from another.
type digest struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// shown is a document with what may be a secret masked; nil for none.
func shown(document json.RawMessage) any {
	switch {
	case document == nil:
		return nil
	case len(document) <= maxShown:
		return audit.Mask(document)
	default:
		sum := sha256.Sum256(document)
		return digest{len(document), hex.EncodeToString(sum[:])}
	}
}
