package sdk

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// requireFull fails for a field of m that is not set.
func requireFull(t *testing.T, m protoreflect.Message) {
	t.Helper()
	if m.Descriptor().ParentFile().Package() == "google.protobuf" {
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		require.True(t, m.Has(field), "%s is not filled by the native struct", field.FullName())
		if field.Message() == nil || field.IsMap() {
			continue
		}
		if field.IsList() {
			requireFull(t, m.Get(field).List().Get(0).Message())
			continue
		}
		requireFull(t, m.Get(field).Message())
	}
}
