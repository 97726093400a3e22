package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

// Publish an event. Its id and source make a second try count as the first.
func Example_publish() {
	ctx := context.Background()
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	id, source := "order-4711-created", "/shop"
	event := switchhook.NewEvent{Type: "order.created", ID: &id, Source: &source, Data: json.RawMessage(`{"order":"4711","total":12.50}`)}
	for range 2 {
		answer, err := c.PublishEventsWithResponse(ctx, event)
		if err != nil {
			panic(err)
		}
		published, err := answer.JSON202.AsPublishedEvent()
		if err != nil {
			panic(err)
		}
		fmt.Println(published.CloudeventID, published.Duplicate)
	}
	// Output:
	// order-4711-created false
	// order-4711-created true
}

// Subscribe a URL. The signing secret is shown in this answer alone.
func Example_subscribe() {
	ctx := context.Background()
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	patterns := switchhook.EventPatterns{"order.created", "invoice.*"}
	answer, err := c.CreateSubscriptionWithResponse(ctx, switchhook.NewSubscription{URL: "https://example.com/hooks", Events: &patterns}, client.NewOnce())
	if err != nil {
		panic(err)
	}
	made := answer.JSON201
	fmt.Println(made.Provider, made.URL, made.Events, made.Enabled, strings.HasPrefix(*made.Secret, "whsec_"))
	if _, err := c.DeleteSubscriptionWithResponse(ctx, made.ID); err != nil {
		panic(err)
	}
	// Output: standard https://example.com/hooks [order.created invoice.*] true true
}

// Make a thing once, whatever the network does: a request under a key of your own
// can be sent again, by this program or after it was started anew, for a day.
func ExampleOnce() {
	ctx := context.Background()
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	var made []uuid.UUID
	for range 2 {
		body := switchhook.NewSubscription{URL: "https://example.com/once"}
		answer, err := c.CreateSubscriptionWithResponse(ctx, body, client.Once("customer-17-hooks"))
		if err != nil {
			panic(err)
		}
		made = append(made, answer.JSON201.ID)
		fmt.Printf("replayed: %q\n", answer.HTTPResponse.Header.Get("Idempotency-Replayed"))
	}
	fmt.Println("the same:", made[0] == made[1])
	// Output:
	// replayed: ""
	// replayed: "true"
	// the same: true
}

// List what became of events, however many pages that takes.
func ExampleClient_Deliveries() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer receiver.Close()
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	answer, err := c.CreateSubscriptionWithResponse(ctx, switchhook.NewSubscription{URL: receiver.URL, Events: &switchhook.EventPatterns{"parcel.*"}})
	if err != nil {
		panic(err)
	}
	for _, t := range []string{"parcel.sent", "parcel.held", "parcel.handed_over"} {
		if _, err := c.PublishEventsWithResponse(ctx, switchhook.NewEvent{Type: t, Data: json.RawMessage(`{}`)}); err != nil {
			panic(err)
		}
	}
	page := 2
	params := switchhook.ListDeliveriesParams{
		SubscriptionID: &answer.JSON201.ID, Status: &[]switchhook.DeliveryStatus{"delivered"}, Limit: &page,
	}
	var found []string
	for len(found) < 3 && ctx.Err() == nil { // they are sent after the answer
		found = nil
		for delivery, err := range c.Deliveries(ctx, params) {
			if err != nil {
				panic(err)
			}
			found = append(found, fmt.Sprint(delivery.EventType, " ", delivery.Status))
		}
	}
	fmt.Println(strings.Join(found, "\n"))
	// Unordered output:
	// parcel.handed_over delivered
	// parcel.held delivered
	// parcel.sent delivered
}

// Replace a signing secret; deliveries carry both signatures for an hour.
func Example_rotate() {
	ctx := context.Background()
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	made, err := c.CreateSubscriptionWithResponse(ctx, switchhook.NewSubscription{URL: "https://example.com/rotated"})
	if err != nil {
		panic(err)
	}
	hour := 3600
	rotated, err := c.RotateSubscriptionSecretWithResponse(ctx, made.JSON201.ID, switchhook.SecretRotation{OverlapSeconds: &hour})
	if err != nil {
		panic(err)
	}
	fmt.Println(*rotated.JSON200.Secret != *made.JSON201.Secret)
	// Output: true
}

// Tell what was wrong with a request.
func ExampleProblem() {
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	_, err = c.CreateSubscriptionWithResponse(context.Background(), switchhook.NewSubscription{URL: "ftp://example.com"})
	var problem *client.Problem
	if errors.As(err, &problem) {
		fmt.Println(problem.Status, problem.Code, (*problem.Errors)[0].Field)
	}
	// Output: 400 invalid /url
}

// Call an operation whose answer is no JSON, or is wanted byte for byte.
func ExampleNew() {
	c, err := client.New(baseURL, token)
	if err != nil {
		panic(err)
	}
	answer, err := c.GetProviderOpenAPI(context.Background(), "standard")
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	document, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Header.Get("Content-Type"), strings.HasPrefix(string(document), "openapi: 3.0.3"))
	// Output: application/yaml true
}
