package unified

import (
	"context"
	"strings"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// UpdateAccount changes an account's settings, if it is still in the state that
// If-Match names.
func (s *server) UpdateAccount(ctx context.Context, req switchhook.UpdateAccountRequestObject) (switchhook.UpdateAccountResponseObject, error) {
	a, err := s.Accounts.Find(ctx, req.Account)
	if err != nil {
		return nil, err
	}
	var version int64
	if tag := req.Params.IfMatch; tag != nil && strings.TrimSpace(*tag) != "*" {
		if version, err = met(*tag, a.Version, "account"); err != nil {
			return nil, err
		}
	}
	a, err = s.Accounts.UpdateSettings(ctx, a.ID, version, settingsIn(req.Body))
	if err != nil {
		return nil, staleError(version, err)
	}
	return switchhook.UpdateAccount200JSONResponse{
		Body: accountOut(a), Headers: switchhook.UpdateAccount200ResponseHeaders{ETag: versionTag(a.Version)},
	}, nil
}

func settingsIn(b *switchhook.AccountPatch) account.SettingsPatch {
	var p account.SettingsPatch
	if b.EventValidation != nil {
		p.EventValidation = new(account.EventValidation(*b.EventValidation))
	}
	if l := b.Limits; l != nil {
		p.Limits = &account.Limits{
			MaxSubscriptions: value(l.MaxSubscriptions), EventsPerSecond: value(l.EventsPerSecond),
			Burst: value(l.Burst), MaxEventBytes: value(l.MaxEventBytes),
		}
	}
	return p
}

func accountOut(a *account.Account) switchhook.Account {
	l := a.Settings.Limits
	return switchhook.Account{
		ID: a.ID, Name: a.Name, CreatedAt: a.CreatedAt,
		EventValidation: switchhook.EventValidation(a.Settings.Validation()),
		Limits: switchhook.AccountLimits{
			MaxSubscriptions: optional(l.MaxSubscriptions), EventsPerSecond: optional(l.EventsPerSecond),
			Burst: optional(l.Burst), MaxEventBytes: optional(l.MaxEventBytes),
		},
	}
}
