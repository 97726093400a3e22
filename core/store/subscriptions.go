package store

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Subscription implements subscription.Store.
func (s *Store) Subscription(ctx context.Context, sel subscription.Selector) (*subscription.Subscription, error) {
	return s.selectSubscription(s.read.WithContext(ctx), sel)
}

func (s *Store) selectSubscription(db *gorm.DB, sel subscription.Selector) (*subscription.Subscription, error) {
	if !utf8.ValidString(sel.ExternalID) || strings.ContainsRune(sel.ExternalID, 0) {
		// Postgres refuses the text; as an id it is just unknown.
		return nil, translate(gorm.ErrRecordNotFound, "subscription")
	}
	db = db.Where("account_id = ?", key(sel.AccountID))
	if sel.ID != uuid.Nil {
		db = db.Where("id = ?", key(sel.ID))
	} else {
		db = db.Where("provider = ? AND namespace = ?", sel.Provider, sel.Namespace)
		if sel.ExternalID != "" {
			db = db.Where("external_id = ?", sel.ExternalID)
		}
	}
	var row subscriptionRow
	if err := db.Order("id").Take(&row).Error; err != nil {
		return nil, translate(err, "subscription")
	}
	return s.subscription(&row)
}

// ListSubscriptions implements subscription.Store.
func (s *Store) ListSubscriptions(ctx context.Context, q subscription.Query) ([]subscription.Subscription, error) {
	var rows []subscriptionRow
	err := querySubscriptions(s.read.WithContext(ctx), q).Where("id > ?", key(q.After)).
		Order("id").Limit(page(q.Limit)).Find(&rows).Error
	if err != nil {
		return nil, translate(err, "subscription")
	}
	out := make([]subscription.Subscription, len(rows))
	for i := range rows {
		sub, err := s.subscription(&rows[i])
		if err != nil {
			return nil, err
		}
		out[i] = *sub
	}
	return out, nil
}

func querySubscriptions(db *gorm.DB, q subscription.Query) *gorm.DB {
	db = db.Model(&subscriptionRow{}).Where("account_id = ?", key(q.AccountID))
	if q.Provider != "" {
		db = db.Where("provider = ?", q.Provider)
	}
	if q.Namespace != nil {
		db = db.Where("namespace = ?", *q.Namespace)
	}
	if q.SameFilters != "" {
		db = db.Where("filters_key = ?", q.SameFilters)
	}
	return db
}

// InAccount implements subscription.Store.
func (s *Store) InAccount(ctx context.Context, accountID uuid.UUID, fn func(subscription.Tx) error) error {
	err := s.audited(ctx, func(tx *gorm.DB) error {
		var a accountRow
		if err := tx.Clauses(forUpdate).Where("id = ?", key(accountID)).Take(&a).Error; err != nil {
			return translate(err, "account")
		}
		if err := fn(&subscriptionTx{store: s, tx: tx, account: a.ID, most: a.Settings.value.Limits.MaxSubscriptions}); err != nil {
			return err
		}
		return countChange(tx, a.ID).Error
	})
	return told("subscription", err)
}

// countChange tells other nodes that an account's subscriptions have changed.
// The account's row is locked before those of its subscriptions, by everyone.
func countChange(tx *gorm.DB, accountID key) *gorm.DB {
	return tx.Model(&accountRow{}).Where("id = ?", accountID).Update("changes", gorm.Expr("changes + 1"))
}

// Changes implements subscription.Store.
func (s *Store) Changes(ctx context.Context, accountID uuid.UUID) (int64, error) {
	var n int64
	err := s.read.WithContext(ctx).Model(&accountRow{}).Where("id = ?", key(accountID)).Select("changes").Limit(1).Scan(&n).Error
	return n, translate(err, "account")
}

// subscriptionTx implements subscription.Tx under the account's lock.
type subscriptionTx struct {
	store   *Store
	tx      *gorm.DB
	account key
	most    int
}

func (t *subscriptionTx) Subscription(sel subscription.Selector) (*subscription.Subscription, error) {
	// The row is locked too: the health of a subscription is recorded without the
	// account's lock, and an update writes the whole row.
	return t.store.selectSubscription(t.tx.Clauses(forUpdate), sel)
}

func (t *subscriptionTx) Count(q subscription.Query) (int, error) {
	var n int64
	err := querySubscriptions(t.tx, q).Count(&n).Error
	return int(n), translate(err, "subscription")
}

func (t *subscriptionTx) MaxSubscriptions() int { return t.most }

func (t *subscriptionTx) NameTaken(o subscription.Owner, name string, except uuid.UUID) (bool, error) {
	var n int64
	q := subscription.Query{AccountID: o.AccountID, Provider: o.Provider, Namespace: &o.Namespace}
	err := querySubscriptions(t.tx, q).Where("name = ? AND id <> ?", name, key(except)).Count(&n).Error
	return n > 0, translate(err, "subscription")
}

func (t *subscriptionTx) NextNumber(provider string) (int64, error) {
	var n int64
	err := t.tx.Raw(`INSERT INTO subscription_numbers (account_id, provider, last) VALUES (?, ?, 1)
		ON CONFLICT (account_id, provider) DO UPDATE SET last = subscription_numbers.last + 1 RETURNING last`,
		t.account, provider).Scan(&n).Error
	return n, translate(err, "subscription number")
}

func (t *subscriptionTx) Insert(sub *subscription.Subscription) error {
	row, err := t.store.subscriptionRow(sub)
	if err != nil {
		return err
	}
	return translate(t.tx.Create(row).Error, "subscription")
}

func (t *subscriptionTx) Update(sub *subscription.Subscription) error {
	row, err := t.store.subscriptionRow(sub)
	if err != nil {
		return err
	}
	// Not Save: it would insert a row that is gone.
	res := t.tx.Select("*").Where("account_id = ? AND id = ?", row.AccountID, row.ID).Updates(row)
	if res.Error == nil && res.RowsAffected == 0 {
		res.Error = gorm.ErrRecordNotFound
	}
	return translate(res.Error, "subscription")
}

func (t *subscriptionTx) Delete(sub *subscription.Subscription) error {
	err := t.tx.Where("account_id = ? AND id = ?", key(sub.AccountID), key(sub.ID)).Delete(&subscriptionRow{}).Error
	if err != nil {
		return translate(err, "subscription")
	}
	err = t.tx.Model(&deliveryRow{}).
		Where("account_id = ? AND subscription_id = ? AND (due_at IS NOT NULL OR held = TRUE)", key(sub.AccountID), key(sub.ID)).
		Updates(map[string]any{"status": int(sdk.DeliveryCancelled), "due_at": nil, "held": false, "updated_at": micros(t.store.now()), "lease": nextLease}).Error
	return translate(err, "delivery")
}
