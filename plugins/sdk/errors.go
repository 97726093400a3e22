package sdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code is the kind of an [Error].
type Code int

// The codes, each with the HTTP status that it has by default ([Code.Status]).
const (
	CodeInternal             Code = iota + 1 // 500
	CodeInvalid                              // 400
	CodeUnauthenticated                      // 401
	CodeDenied                               // 403
	CodeNotFound                             // 404
	CodeMethodNotAllowed                     // 405
	CodeNotAcceptable                        // 406
	CodeConflict                             // 409
	CodeLimit                                // 409
	CodeTooLarge                             // 413
	CodeUnsupportedMediaType                 // 415
	CodeRateLimited                          // 429
	CodeUnavailable                          // 503
)

// Reasons narrow a code down where vendors answer differently.
const (
	// ReasonMissingCredentials: the request has no credentials (unauthenticated).
	ReasonMissingCredentials = "missing_credentials"
	// ReasonInvalidCredentials: they are unknown, expired or revoked (unauthenticated).
	ReasonInvalidCredentials = "invalid_credentials"
	// ReasonNoScope: the key has none of the API's scopes (denied).
	ReasonNoScope = "no_scope"
	// ReasonInsufficientScope: the key has some, but not enough (denied).
	ReasonInsufficientScope = "insufficient_scope"
	// ReasonMalformedBody: the body is not what its content type says (invalid).
	ReasonMalformedBody = "malformed_body"
	// ReasonDuplicateName: another subscription has the name (conflict).
	ReasonDuplicateName = "duplicate_name"
)

var codeNames = map[Code]string{
	CodeInternal: "internal", CodeInvalid: "invalid", CodeUnauthenticated: "unauthenticated",
	CodeDenied: "denied", CodeNotFound: "not_found", CodeMethodNotAllowed: "method_not_allowed",
	CodeNotAcceptable: "not_acceptable", CodeConflict: "conflict", CodeLimit: "limit",
	CodeTooLarge: "too_large", CodeUnsupportedMediaType: "unsupported_media_type",
	CodeRateLimited: "rate_limited", CodeUnavailable: "unavailable",
}

// String returns the code in lower-case words, as logs and metrics show it.
func (c Code) String() string {
	if s, ok := codeNames[c]; ok {
		return s
	}
	return fmt.Sprintf("code(%d)", int(c))
}

// Status returns the HTTP status that the code has by default.
func (c Code) Status() int {
	switch c {
	case CodeInvalid:
		return http.StatusBadRequest
	case CodeUnauthenticated:
		return http.StatusUnauthorized
	case CodeDenied:
		return http.StatusForbidden
	case CodeNotFound:
		return http.StatusNotFound
	case CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case CodeNotAcceptable:
		return http.StatusNotAcceptable
	case CodeConflict, CodeLimit:
		return http.StatusConflict
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeUnsupportedMediaType:
		return http.StatusUnsupportedMediaType
	case CodeRateLimited:
		return http.StatusTooManyRequests
	case CodeUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// Error is why a call or a request failed, in words that a subscriber may read.
// It never holds a secret or an internal detail.
type Error struct {
	Code Code
	// Message is one sentence.
	Message string
	// Fields tell what is wrong with which field (invalid, conflict, limit).
	Fields []FieldError
	// Reason narrows Code down; one of the Reason constants or "".
	Reason string
	// RetryAfter is when to come back (rate limited, unavailable); 0 is not known.
	RetryAfter time.Duration
	// Allow lists the methods that the path knows (method not allowed).
	Allow []string
	// RequiredScopes would have been enough (denied).
	RequiredScopes []string
}

// FieldError is what is wrong with one field of a request.
type FieldError struct {
	// In is where the field stands: body, query, path or header.
	In string
	// Field is a JSON pointer in the body (/events/0), else the parameter's name.
	Field string
	// Message says what is wrong and what would be right.
	Message string
}

// Error returns the message, with the first field that is at fault.
func (e *Error) Error() string {
	if len(e.Fields) > 0 {
		return fmt.Sprintf("%s: %s: %s", e.Message, e.Fields[0].Field, e.Fields[0].Message)
	}
	return e.Message
}

// Is makes errors.Is match errors of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == ""
}

// Errorf returns an error of a code with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// InvalidField returns an invalid error about one field of the body, named by
// its JSON pointer (/url).
func InvalidField(pointer, format string, args ...any) *Error {
	f := FieldError{In: "body", Field: pointer, Message: fmt.Sprintf(format, args...)}
	return &Error{Code: CodeInvalid, Message: "The request is invalid", Fields: []FieldError{f}}
}

// InvalidQuery returns an invalid error about one parameter of the query.
func InvalidQuery(name, format string, args ...any) *Error {
	f := FieldError{In: "query", Field: name, Message: fmt.Sprintf(format, args...)}
	return &Error{Code: CodeInvalid, Message: "The request is invalid", Fields: []FieldError{f}}
}

// IsCode tells whether err is or wraps an [*Error] of the code.
func IsCode(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// AsError returns err as an [*Error]: itself, unavailable for an ended context,
// or internal with a message that gives nothing away. nil stays nil.
func AsError(err error) *Error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeUnavailable, Message: "The request took too long", RetryAfter: time.Second}
	default:
		return &Error{Code: CodeInternal, Message: "Internal error"}
	}
}
