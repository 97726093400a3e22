package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// PostgresVariable names the environment variable with the URL of a server for
// tests, whose user may create databases. "required" in its place makes it a
// failure, not a skip, that no server can be had; so does CI=true.
const PostgresVariable = "SWITCHHOOK_TEST_POSTGRES"

// Postgres returns the URL of an empty database of the test's own. It is made on
// the server that [PostgresVariable] names, or else on a throw-away one, which
// is started once in a test binary and ends with it. Without a server and its
// programs the test is skipped.
//
// Tests of any package may use it; nothing has to be set up or stopped.
func Postgres(t testing.TB) sdk.Secret {
	t.Helper()
	server, err := sharedServer()
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv(PostgresVariable) == "required" {
			t.Fatalf("no Postgres: %s", err)
		}
		t.Skipf("no Postgres: %s", err)
	}
	name := "test_" + rand.Text()[:16]
	execute(t, server, fmt.Sprintf(`CREATE DATABASE "%s"`, name))
	t.Cleanup(func() { execute(t, server, fmt.Sprintf(`DROP DATABASE "%s" WITH (FORCE)`, name)) })
	u := *server
	u.Path = "/" + name
	return sdk.Secret(u.String())
}

// TakeAway makes the database of [Postgres] unreachable, as one that is down: its
// connections end, and no new one is let in.
func TakeAway(t testing.TB, database sdk.Secret) {
	t.Helper()
	server, err := sharedServer()
	require.NoError(t, err)
	u, err := url.Parse(database.Reveal())
	require.NoError(t, err)
	name := strings.TrimPrefix(u.Path, "/")
	execute(t, server, fmt.Sprintf(`ALTER DATABASE "%s" WITH ALLOW_CONNECTIONS false`, name))
	execute(t, server, fmt.Sprintf(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'`, name))
}

// Wreck drops all tables of the database of [Postgres], so that whatever looks into
// it fails for a reason of our own.
func Wreck(t testing.TB, database sdk.Secret) {
	t.Helper()
	u, err := url.Parse(database.Reveal())
	require.NoError(t, err)
	execute(t, u, `DROP SCHEMA public CASCADE`)
}

// sharedServer is the one server of this test binary.
var sharedServer = sync.OnceValues(func() (*url.URL, error) {
	if text := os.Getenv(PostgresVariable); text != "" && text != "required" {
		u, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s is not a URL", PostgresVariable) // the text holds a password
		}
		return u, nil
	}
	return startCluster()
})

// execute runs a statement that no transaction may hold.
func execute(t testing.TB, server *url.URL, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server.String()) // core/store brings the driver
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(context.Background(), statement)
	require.NoError(t, err)
}
