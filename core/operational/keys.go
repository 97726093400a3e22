package operational

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/wait"
)

const (
	day = 24 * time.Hour
	// keysInterval is how often keys are looked at.
	keysInterval = 15 * time.Minute
	keysPage     = 500
)

// keyNotices are how many days before its end a key is told of, the first first.
var keyNotices = []int{7, 1}

// watchKeys tells of keys that expire, each once, until ctx ends. All nodes look;
// the ids of the events keep them from telling twice, and after a restart too as
// long as the event is kept.
func (e *Emitter) watchKeys(ctx context.Context) {
	told := map[string]bool{}
	for {
		next, err := e.tellKeys(ctx, told)
		if err == nil {
			told = next
		} else if ctx.Err() == nil {
			e.Log.ErrorContext(ctx, "cannot look for keys that expire", slog.Any("error", err))
		}
		if !wait.For(ctx, keysInterval) {
			return
		}
	}
}

// tellKeys returns what has been told of keys that are there still.
func (e *Emitter) tellKeys(ctx context.Context, told map[string]bool) (map[string]bool, error) {
	now := e.Now()
	next := map[string]bool{}
	var after uuid.UUID
	for {
		keys, err := e.Accounts.KeysExpiring(ctx, now, now.Add(time.Duration(keyNotices[0])*day), after, keysPage)
		if err != nil {
			return nil, err
		}
		for i := range keys {
			n, ok := keyNotice(&keys[i], now)
			if ok && (told[n.id] || e.enqueue(n)) {
				next[n.id] = true
			}
		}
		if len(keys) < keysPage {
			return next, nil
		}
		after = keys[len(keys)-1].ID
	}
}

// keyNotice is the notice that is due for a key. A key that was made for less time
// than a notice is ahead has none: who made it knows.
func keyNotice(k *account.Key, now time.Time) (notice, bool) {
	days := 0
	for _, n := range keyNotices {
		if ahead := time.Duration(n) * day; k.ExpiresAt.Sub(now) <= ahead && k.ExpiresAt.Sub(k.CreatedAt) > ahead {
			days = n
		}
	}
	if days == 0 {
		return notice{}, false
	}
	return notice{
		eventType: TypeKeyExpiring, subject: "keys/" + k.ID.String(), account: k.AccountID, at: now,
		id:   fmt.Sprintf("key.expiring/%s/%d/%d", k.ID, k.ExpiresAt.Unix(), days),
		data: &KeyExpiring{KeyID: k.ID, Name: k.Name, Hint: k.Hint, ExpiresAt: k.ExpiresAt, Days: days},
	}, true
}
