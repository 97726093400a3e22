package unified

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// ListAuditLog lists who changed what.
func (s *server) ListAuditLog(ctx context.Context, req switchhook.ListAuditLogRequestObject) (switchhook.ListAuditLogResponseObject, error) {
	q := req.Params
	p, err := newPage(q.Limit, q.Cursor)
	if err != nil {
		return nil, err
	}
	entries, err := s.Audit.ListAudit(ctx, audit.Query{
		AccountID: principal(ctx).AccountID, KeyID: value(q.KeyID), Action: value(q.Action),
		ResourceType: value(q.ResourceType), ResourceID: value(q.ResourceID),
		From: value(q.CreatedAfter), To: value(q.CreatedBefore), Before: p.last, Limit: p.fetch(),
	})
	if err != nil {
		return nil, err
	}
	entries, next := cut(p, entries, func(e *audit.Entry) uuid.UUID { return e.ID })
	items := make([]switchhook.AuditEntry, len(entries))
	for i := range entries {
		items[i] = auditOut(&entries[i])
	}
	return switchhook.ListAuditLog200JSONResponse{Items: items, NextCursor: next}, nil
}

func auditOut(e *audit.Entry) switchhook.AuditEntry {
	return switchhook.AuditEntry{
		ID: e.ID, At: e.At, Action: e.Action, RequestID: e.RequestID,
		Actor:    switchhook.AuditActor{KeyID: optional(e.Actor.KeyID), KeyName: optional(e.Actor.KeyName), Operator: e.Actor.Operator, Portal: e.Actor.Portal},
		Resource: switchhook.AuditResource{Type: e.Resource.Type, ID: e.Resource.ID},
		Before:   state(e.Before), After: state(e.After),
	}
}

// state is a thing as an entry shows it; nil where there is none.
func state(doc json.RawMessage) *map[string]any {
	var m map[string]any
	if json.Unmarshal(doc, &m) != nil || m == nil {
		return nil
	}
	return &m
}
