package standard

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// FuzzBody: whatever is published, the body is JSON and keeps data and id.
func FuzzBody(f *testing.F) {
	f.Add("e-1", "application/json", []byte(`{"a":1}`))
	f.Add("<&>", "text/plain", []byte("\xff"))
	f.Fuzz(func(t *testing.T, id, contentType string, data []byte) {
		if jsondata.IsType(contentType) && !jsondata.Valid(data) {
			t.Skip("the gateway refuses it")
		}
		got := body(&sdk.Delivery{EventType: "t", Event: &sdk.Event{
			ID: id, Source: "s", Time: time.Unix(0, 0), DataContentType: contentType, Data: data,
		}})
		var object struct {
			Data   json.RawMessage `json:"data"`
			Base64 []byte          `json:"data_base64"`
		}
		require.NoError(t, json.Unmarshal(got, &object))
		switch {
		case object.Data != nil:
			require.JSONEq(t, string(data), string(object.Data))
		default:
			require.Equal(t, string(data), string(object.Base64))
		}
	})
}
