package payload

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDataIsFound(t *testing.T) {
	t.Parallel()
	for _, seq := range []int{0, 9, 1_000_000} {
		data := Data("R4ND0M", seq)
		require.Len(t, data, Size)
		require.True(t, json.Valid(data))
		run, got, ok := Find([]byte(`{"id":"x","data":` + string(data) + `}`))
		require.True(t, ok)
		require.Equal(t, "R4ND0M", run)
		require.Equal(t, seq, got)
	}
}

func TestOtherBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", `{"bench":"`, `{"bench":"a`, `{"bench":"a"`, `{"bench":"a-"`, `{"bench":"a-x"`, `{"bench":"a--1"`, `{"bench":"a-99999999999999999999"`} {
		_, _, ok := Find([]byte(body))
		require.False(t, ok, body)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(Data("run", 7))
	f.Add([]byte(`{"bench":"a-1`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, seq, ok := Find(body); ok {
			require.GreaterOrEqual(t, seq, 0)
		}
	})
}
