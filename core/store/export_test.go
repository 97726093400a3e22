package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Setting reads a setting of the database as the store's connections have it.
func Setting(t *testing.T, s *Store, name string) string {
	t.Helper()
	var value string
	require.NoError(t, s.write.WithContext(t.Context()).Raw("SELECT current_setting(?)", name).Scan(&value).Error)
	return value
}
