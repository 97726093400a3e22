package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Fifty creates at once leave just what each vendor allows; the others get the
// vendor's refusal.
func TestLimitsUnderFire(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		for _, c := range []struct {
			name, path, body string
			headers          []string
			most             int
			ok, refused      int
			count            string
		}{
			{
				"FiveAnAccount", "/whatsapp/webhooks", `{"url":"https://example.com/%d"}`, whatsappHeaders,
				5, http.StatusCreated, http.StatusBadRequest, "whatsapp",
			},
			{
				"FiveWithTheSameFilters", birdWorkspace + "/webhook-subscriptions",
				`{"service":"channels","event":"sms.inbound","url":"https://example.com/%d"}`, birdHeaders,
				5, http.StatusCreated, http.StatusUnprocessableEntity, "bird",
			},
			{
				"UniqueName", "/vonage/webhooks/subscriptions", `{"name":"same","url":"https://example.com/%d","events":["*"]}`, vonageHeaders,
				1, http.StatusOK, http.StatusConflict, "vonage",
			},
		} {
			const n = 50
			statuses := make(chan int, n)
			for i := range n {
				go func() {
					a, err := g.send(t.Context(), "POST", c.path, fmt.Sprintf(c.body, i), c.headers...)
					if err != nil {
						a.status = 0
					}
					statuses <- a.status
				}()
			}
			got := map[int]int{}
			for range n {
				got[<-statuses]++
			}
			require.Equal(t, map[int]int{c.ok: c.most, c.refused: n - c.most}, got, c.name)
			var list struct{ Items []struct{ ID string } }
			g.unified(http.StatusOK, "GET", "/v1/subscriptions?provider="+c.count, "").decode(t, &list)
			require.Len(t, list.Items, c.most, c.name)
		}
	})
}
