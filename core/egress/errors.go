package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/switchhook/switchhook/core/egress/http1"
)

// Kind is why an exchange failed, one word for metrics and attempts.
type Kind string

// The kinds.
const (
	// KindInvalid: the request cannot be sent as it stands.
	KindInvalid Kind = "invalid"
	// KindTimeout: the deadline passed before the last byte of the answer.
	KindTimeout Kind = "timeout"
	// KindCanceled: the caller's context was canceled.
	KindCanceled Kind = "canceled"
	// KindDNS: the host name has no address, or the lookup failed.
	KindDNS Kind = "dns"
	// KindForbiddenAddress: the address is not public and not allowed.
	KindForbiddenAddress Kind = "forbidden_address"
	// KindRefused: nothing listens at the port.
	KindRefused Kind = "refused"
	// KindUnreachable: there is no way to the host.
	KindUnreachable Kind = "unreachable"
	// KindReset: the connection was closed before the answer was complete.
	KindReset Kind = "reset"
	// KindTLS: the handshake failed or the certificate is not trusted.
	KindTLS Kind = "tls"
	// KindTooLargeHeaders: the answer's header is over the bound.
	KindTooLargeHeaders Kind = "too_large_headers"
	// KindProtocol: the answer is not valid HTTP.
	KindProtocol Kind = "protocol"
)

// Error is why [Client.Do] failed. Its text is fit for operators and subscribers:
// one short sentence without the URL, addresses or bytes of the answer.
type Error struct {
	Kind Kind
	// Text is the sentence.
	Text  string
	cause error
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the error of the network stack. It may name addresses.
func (e *Error) Unwrap() error { return e.cause }

// maxDetail bounds what certificates may add to an error: the names in one are
// the subscriber's choice.
const maxDetail = 200

const (
	tooLargeHeader = "the answer's header is too large"
	badField       = "the request has a header that HTTP does not allow"
	badMethod      = "the request's method is not valid"
)

func newError(kind Kind, text string, cause error) *Error {
	return &Error{Kind: kind, Text: text, cause: cause}
}

// classify turns an error of an exchange into ours. ended is why it had to end;
// nil if it had not. phase says what was under way; elapsed is given for timeouts.
func classify(ended, err error, phase, elapsed string) *Error {
	switch {
	case errors.Is(ended, context.DeadlineExceeded):
		return newError(KindTimeout, "no complete answer after "+elapsed+": timed out while "+phase, err)
	case ended != nil:
		return newError(KindCanceled, "canceled while "+phase, err)
	}
	switch {
	case errors.Is(err, errFlood):
		return newError(KindProtocol, "the server sends more than any answer takes", err)
	case errors.Is(err, http1.ErrHeader):
		return newError(KindTooLargeHeaders, tooLargeHeader, err)
	case errors.Is(err, http1.ErrField):
		return newError(KindInvalid, badField, err)
	case errors.Is(err, http1.ErrMethod):
		return newError(KindInvalid, badMethod, err)
	}
	for _, f := range []func(error) *Error{guardError, dnsError, tlsError, connectionError, httpError} {
		if e := f(err); e != nil {
			return e
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return newError(KindTimeout, "timed out while "+phase, err)
	}
	return newError(KindProtocol, "the answer is not valid HTTP", err)
}

func guardError(err error) *Error {
	for _, target := range []error{ssrf.ErrProhibitedIP, ssrf.ErrProhibitedNetwork, ssrf.ErrInvalidHostPort} {
		if errors.Is(err, target) {
			return newError(KindForbiddenAddress, "the host leads to an address that is not public; "+
				"other networks are opened with egress.allow", err)
		}
	}
	return nil
}

func dnsError(err error) *Error {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return nil
	case dns.IsNotFound:
		return newError(KindDNS, "the host name has no address", err)
	case dns.IsTimeout:
		return newError(KindDNS, "the host name lookup timed out", err)
	}
	return newError(KindDNS, "the host name lookup failed", err)
}

func tlsError(err error) *Error {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		op     *net.OpError
		name   x509.HostnameError
		ca     x509.UnknownAuthorityError
	)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return newError(KindTLS, "the server speaks plain HTTP on an https URL", err)
	case errors.As(err, &name):
		return newError(KindTLS, "the certificate is not for this host: "+clip(name.Error()), err)
	case errors.As(err, &ca):
		return newError(KindTLS, "the certificate is signed by an unknown authority; "+
			"private authorities are trusted with egress.ca", err)
	case errors.As(err, &verify):
		return newError(KindTLS, "the certificate is not valid: "+clip(verify.Err.Error()), err)
	case errors.As(err, &record):
		return newError(KindTLS, "the server does not speak TLS", err)
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return newError(KindTLS, "the TLS handshake failed: "+clip(op.Err.Error()), err)
	case strings.HasPrefix(err.Error(), "tls: "), strings.HasPrefix(err.Error(), "x509: "):
		return newError(KindTLS, "the TLS handshake failed: "+clip(err.Error()), err)
	}
	return nil
}

func connectionError(err error) *Error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return newError(KindRefused, "the connection was refused", err)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.Is(err, syscall.EADDRNOTAVAIL):
		return newError(KindUnreachable, "the host cannot be reached", err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return newError(KindReset, "the connection was closed before the answer was complete", err)
	}
	return nil
}

// httpError knows the errors of net/http that have no type, by their text. A test
// provokes each.
func httpError(err error) *Error {
	text := err.Error()
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("server response headers exceeded", "response header list larger", "header list too large"):
		return newError(KindTooLargeHeaders, tooLargeHeader, err)
	case has("net/http: invalid header field"):
		return newError(KindInvalid, badField, err)
	case has("net/http: invalid method"):
		return newError(KindInvalid, badMethod, err)
	// Other errors of a stream are those that the client found in the answer.
	case has("server closed idle connection", "http2: client conn", "GOAWAY"),
		has("stream error:") && has("received from peer"):
		return newError(KindReset, "the connection was closed before the answer was complete", err)
	}
	return nil
}

func clip(s string) string {
	if len(s) > maxDetail {
		return s[:maxDetail] + "…"
	}
	return s
}
