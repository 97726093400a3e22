package subscription

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Auth is how the gateway authenticates to a subscriber: by at most one of Basic
// and OAuth2 in the Authorization header, and by a certificate. The zero value is
// not at all.
type Auth struct {
	Basic  *BasicAuth
	OAuth2 *OAuth2
	MTLS   *ClientCertificate
}

// BasicAuth is HTTP's Basic scheme (RFC 7617).
type BasicAuth struct {
	Username string
	Password sdk.Secret
}

// Header is the value of the Authorization header.
func (b *BasicAuth) Header() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(b.Username+":"+b.Password.Reveal()))
}

// OAuth2 is the grant of client credentials (RFC 6749, section 4.4): a token is
// fetched from the subscriber's token server and sent as Bearer.
type OAuth2 struct {
	TokenURL     string
	ClientID     string
	ClientSecret sdk.Secret
	Scopes       []string
	// Audience is sent as the parameter audience, unless it is "".
	Audience string
}

// ClientCertificate is what the gateway shows in the TLS handshake, in PEM.
type ClientCertificate struct {
	// Certificate is the leaf, with the intermediate ones after it if need be.
	Certificate string
	PrivateKey  sdk.Secret
}

// errKeyPair hides what crypto/tls says, which may quote the PEM.
var errKeyPair = errors.New("the private key does not belong to the certificate")

// Load reads certificate and key, which must belong together. No error shows any
// part of them.
func (c *ClientCertificate) Load() (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.PrivateKey.Reveal()))
	if err != nil {
		return nil, errKeyPair
	}
	return &pair, nil
}

// Expires is when the certificate ends; zero for one that cannot be read.
func (c *ClientCertificate) Expires() time.Time {
	leaf, err := c.leaf()
	if err != nil {
		return time.Time{}
	}
	return leaf.NotAfter.UTC()
}

// clientCertificate is that of a snapshot's subscription.
func (s *Subscription) loadCertificate() {
	if s.Options.Auth.MTLS == nil {
		return
	}
	s.certificate, s.certificateErr = s.Options.Auth.MTLS.Load()
}

// TLSCertificate is what the gateway shows the subscriber; nil for nothing. Of a
// snapshot's subscription it is always the same pointer.
func (s *Subscription) TLSCertificate() (*tls.Certificate, error) {
	if s.Options.Auth.MTLS == nil {
		return nil, nil
	}
	return s.certificate, s.certificateErr
}
