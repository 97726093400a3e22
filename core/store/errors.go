package store

import (
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// translate turns a database error about a thing into one for the caller where
// the caller is at fault, and names the thing otherwise.
func translate(err error, thing string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return sdk.Errorf(sdk.CodeNotFound, "There is no such %s", thing)
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return sdk.Errorf(sdk.CodeConflict, "This %s exists already", thing)
	case badText(err):
		return sdk.Errorf(sdk.CodeInvalid, "Text must be UTF-8 without NUL characters")
	case outage(err):
		return &outageError{thing: thing, cause: err}
	default:
		return fmt.Errorf("%s: %w", thing, err)
	}
}

// badText tells that Postgres refused text (SQLSTATE 22021, character not in
// repertoire; PostgreSQL documentation, appendix A).
func badText(err error) bool {
	var e interface{ SQLState() string }
	return errors.As(err, &e) && e.SQLState() == "22021"
}

// withoutSecret keeps a secret out of an error's text.
func withoutSecret(err error, s sdk.Secret) error {
	if s == "" || !strings.Contains(err.Error(), s.Reveal()) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), s.Reveal(), sdk.Redacted))
}
