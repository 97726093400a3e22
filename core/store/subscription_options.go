package store

import (
	"encoding/json"
	"time"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// sealedOptions are the options of a subscription with their secrets, which
// [sdk.Secret] would hide.
type sealedOptions struct {
	Filters  json.RawMessage `json:"filters,omitempty"`
	Delivery *sealedDelivery `json:"delivery,omitempty"`
	Basic    *sealedBasic    `json:"basic,omitempty"`
	OAuth2   *sealedOAuth2   `json:"oauth2,omitempty"`
	MTLS     *sealedMTLS     `json:"mtls,omitempty"`
}

type sealedDelivery struct {
	MaxInFlight   int             `json:"max_in_flight,omitempty"`
	MaxPerSecond  float64         `json:"max_per_second,omitempty"`
	Timeout       time.Duration   `json:"timeout,omitempty"`
	Schedule      []time.Duration `json:"schedule,omitempty"`
	MaxAttempts   int             `json:"max_attempts,omitempty"`
	NoTraceParent bool            `json:"no_traceparent,omitempty"`
}

type sealedBasic struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type sealedOAuth2 struct {
	TokenURL     string   `json:"token_url"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Scopes       []string `json:"scopes,omitempty"`
	Audience     string   `json:"audience,omitempty"`
}

type sealedMTLS struct {
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
}

// sealOptions returns nil for none.
func sealOptions(o subscription.Options) *sealedOptions {
	out := sealedOptions{Filters: o.Filters}
	some := o.Filters != nil
	if d := sealedDelivery(o.Delivery); !d.empty() {
		out.Delivery, some = &d, true
	}
	if b := o.Auth.Basic; b != nil {
		out.Basic, some = &sealedBasic{b.Username, b.Password.Reveal()}, true
	}
	if a := o.Auth.OAuth2; a != nil {
		out.OAuth2, some = &sealedOAuth2{a.TokenURL, a.ClientID, a.ClientSecret.Reveal(), a.Scopes, a.Audience}, true
	}
	if c := o.Auth.MTLS; c != nil {
		out.MTLS, some = &sealedMTLS{c.Certificate, c.PrivateKey.Reveal()}, true
	}
	if !some {
		return nil
	}
	return &out
}

func (d *sealedDelivery) empty() bool {
	return d.MaxInFlight == 0 && d.MaxPerSecond == 0 && d.Timeout == 0 && d.Schedule == nil && d.MaxAttempts == 0 && !d.NoTraceParent
}

func (s *sealedOptions) options() (o subscription.Options) {
	if s == nil {
		return o
	}
	o.Filters = s.Filters
	if s.Delivery != nil {
		o.Delivery = subscription.DeliveryOptions(*s.Delivery)
	}
	if b := s.Basic; b != nil {
		o.Auth.Basic = &subscription.BasicAuth{Username: b.Username, Password: sdk.Secret(b.Password)}
	}
	if a := s.OAuth2; a != nil {
		o.Auth.OAuth2 = &subscription.OAuth2{
			TokenURL: a.TokenURL, ClientID: a.ClientID, ClientSecret: sdk.Secret(a.ClientSecret), Scopes: a.Scopes, Audience: a.Audience,
		}
	}
	if c := s.MTLS; c != nil {
		o.Auth.MTLS = &subscription.ClientCertificate{Certificate: c.Certificate, PrivateKey: sdk.Secret(c.PrivateKey)}
	}
	return o
}
