package dashboard

import (
	"github.com/switchhook/switchhook/gen/switchhook"
)

type auditPage struct {
	Form
	Items       []switchhook.AuditEntry
	Next, First string
	Filtered    bool
}

var auditFilters = []string{"key_id", "action", "resource_type", "resource_id"}

func (v *visit) audit() error {
	f := newForm(v.r.URL.Query())
	q := pick(f.Values, append(auditFilters, "cursor")...)
	known(f, append(auditFilters, "created_after", "created_before")...)
	times(f, q, "created_after", "created_before")
	out := auditPage{Form: f, Filtered: len(pick(f.Values, append(auditFilters, "created_after", "created_before")...)) > 0}
	if f.ok() {
		list, err := v.api.ListAuditLogWithResponse(v, nil, with(q))
		if err == nil {
			out.Items = list.JSON200.Items
			out.Next, out.First = v.pages(list.JSON200.NextCursor)
		} else if err = out.take(err); err != nil {
			return err
		}
	}
	return v.render("audit", "audit", "Audit log", out)
}
