package sdk_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// An adapter whose vendor signs "<unix seconds>.<body>" with HMAC-SHA512.
func ExampleDelivery_SharedMAC() {
	render := func(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
		body, err := d.SharedBody(func() ([]byte, error) { return d.Event.Data, nil })
		if err != nil {
			return nil, err
		}
		mac, err := d.SharedMAC(func() (hash.Hash, error) {
			return hmac.New(sha512.New, []byte(d.Subscription.Secret.Reveal())), nil
		})
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(mac, "%d.", d.Time.Unix())
		mac.Write(body)
		return &sdk.Request{
			Headers: []sdk.Header{{Name: "Acme-Signature", Value: hex.EncodeToString(mac.Sum(nil))}},
			Body:    body,
		}, nil
	}

	subscription := &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{Secret: "secret"}}
	batch := []sdk.Delivery{
		{Event: &sdk.Event{Data: []byte(`{"n":1}`)}, Subscription: subscription, Time: time.Unix(1700000000, 0)},
		{Event: &sdk.Event{Data: []byte(`{"n":2}`)}, Subscription: subscription, Time: time.Unix(1700000000, 0)},
	}
	sdk.Batch(batch) // as in one call of the gateway: the two share the keyed hash
	for i := range batch {
		request, err := render(context.Background(), &batch[i])
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %.16s…\n", request.Body, request.Headers[0].Value)
	}
	// Output:
	// {"n":1} d6066c06de21f8a5…
	// {"n":2} f3dc8bb6b6fdb4f2…
}
