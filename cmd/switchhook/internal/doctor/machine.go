package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/diskfree"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/store"
)

const (
	checkTimeout  = 10 * time.Second
	pluginTimeout = 30 * time.Second
	// A database this far away bounds what a gateway can do.
	slowStore = 50 * time.Millisecond
	// Nodes that share a database are measured by its clock; signatures and tokens
	// have the machine's in them.
	skewWarn, skewFail = 2 * time.Second, 60 * time.Second
	spaceWarn          = 1 << 30
	spaceFail          = 100 << 20
)

// Machine are the things that a gateway of a configuration needs on this machine.
type Machine struct {
	Config  config.Config
	Version string
	// URL of a subscriber that is to be reached; "" is none.
	URL string
	// Getenv reads the environment, for the exporter's variables.
	Getenv func(string) string
}

// Examine looks at all of them. It makes nothing that a gateway's first start
// makes, and changes nothing.
func (m Machine) Examine(ctx context.Context) Report {
	var r Report
	r.ok("configuration", "it can be read; switchhook config shows it")
	started := m.data(&r)
	m.store(ctx, &r, started)
	m.plugins(ctx, &r)
	m.egress(ctx, &r)
	m.exporter(ctx, &r)
	return r
}

// data looks at the data directory and tells whether a gateway has used it.
func (m Machine) data(r *Report) (started bool) {
	const name = "data directory"
	dir, err := filepath.Abs(m.Config.Data)
	if err != nil {
		r.fail(name, err.Error(), "name it with --data or SWITCHHOOK_DATA")
		return false
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.ok(name, "%s is made at the first start", dir)
		return false
	case err != nil:
		r.fail(name, err.Error(), "let the gateway's user read "+filepath.Dir(dir))
		return false
	case !info.IsDir():
		r.fail(name, dir+" is not a directory", "name another one with --data or SWITCHHOOK_DATA")
		return false
	}
	file, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		r.fail(name, "nothing can be written: "+err.Error(), "give the gateway's user the directory "+dir)
		return true
	}
	_ = file.Close()
	if err := os.Remove(file.Name()); err != nil {
		r.warn(name, "a file cannot be removed: "+err.Error(), "give the gateway's user the directory "+dir)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		r.warn(name, fmt.Sprintf("%s can be used by others (%s)", dir, info.Mode().Perm()), "chmod 700 "+dir+", it may hold the key of all secrets")
	}
	m.space(r, dir)
	return true
}

func (m Machine) space(r *Report, dir string) {
	const name, remedy = "data directory", "make room, or shorten the retention settings"
	free, ok := diskfree.Of(dir)
	switch detail := fmt.Sprintf("%s can be written, %d MiB free", dir, free>>20); {
	case !ok:
		r.ok(name, "%s can be written", dir)
	case free < spaceFail:
		r.fail(name, detail, remedy)
	case free < spaceWarn:
		r.warn(name, detail, remedy)
	default:
		r.ok(name, "%s", detail)
	}
}

// store looks at a database that there is.
func (m Machine) store(ctx context.Context, r *Report, started bool) {
	const name = "store"
	exists := func(file string) bool { _, err := os.Stat(filepath.Join(m.Config.Data, file)); return err == nil }
	switch {
	case m.Config.Database == "" && (!started || !exists("switchhook.db")):
		r.ok(name, "an embedded database is made at the first start")
		return
	case m.Config.SecretKey == "" && !exists("secret.key") && m.Config.Database == "":
		r.fail(name, "the database has lost its key: secret.key is not in the data directory", "put the file back, or set SWITCHHOOK_SECRET_KEY")
		return
	case m.Config.SecretKey == "" && !exists("secret.key"):
		r.warn(name, "it is not looked at: there is no key for its secrets yet", "set SWITCHHOOK_SECRET_KEY, the same one for every gateway of the database")
		return
	}
	s, err := app.OpenStore(ctx, m.Config)
	if err != nil {
		m.cannotOpen(r, err)
		return
	}
	defer func() { _ = s.Close() }()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if m.reach(ctx, r, s) && m.schema(ctx, r, s) {
		m.clock(ctx, r, s)
	}
}

func (m Machine) cannotOpen(r *Report, err error) {
	if strings.Contains(err.Error(), "in use by another process") {
		r.warn("store", "a gateway that runs has it open", "examine that gateway with switchhook doctor --server URL")
		return
	}
	r.fail("store", err.Error(), "see the error; --database or SWITCHHOOK_DATABASE names the database")
}

func (m Machine) reach(ctx context.Context, r *Report, s *store.Store) bool {
	const name = "store"
	if err := s.Ping(ctx); err != nil { // the first one connects
		r.fail(name, err.Error(), "start the database, or name another one with --database or SWITCHHOOK_DATABASE")
		return false
	}
	begin := time.Now()
	if err := s.Ping(ctx); err != nil {
		r.fail(name, err.Error(), "see the database's log")
		return false
	}
	took := time.Since(begin)
	if took > slowStore {
		r.warn(name, fmt.Sprintf("it answers after %s", took.Round(time.Millisecond)), "move the gateway nearer to its database")
		return true
	}
	r.ok(name, "it answers after %s", took.Round(time.Microsecond))
	return true
}

func (m Machine) schema(ctx context.Context, r *Report, s *store.Store) bool {
	const name = "schema"
	steps, err := s.Migrations(ctx)
	if err != nil {
		r.fail(name, err.Error(), "let the gateway's user read and make tables")
		return false
	}
	pending := slices.DeleteFunc(slices.Clone(steps), func(s store.Migration) bool { return s.Applied })
	if len(pending) > 0 {
		r.warn(name, fmt.Sprintf("%d of %d steps are not applied", len(pending), len(steps)), "switchhook serve applies them at its start, switchhook migrate now")
		return true
	}
	if err := s.Check(ctx); err != nil {
		r.fail(name, err.Error(), "set the secret key that the database was made with")
		return false
	}
	r.ok(name, "all %d steps are applied, and the secret key is the database's", len(steps))
	return true
}

func (m Machine) clock(ctx context.Context, r *Report, s *store.Store) {
	begin := time.Now()
	theirs, err := s.Clock(ctx)
	if err != nil {
		r.fail("clock", err.Error(), "see the database's log")
		return
	}
	// The answer is as old as half of the way there and back.
	r.skew("clock", theirs.Sub(begin.Add(time.Since(begin)/2)), "the database's")
}

func (r *Report) skew(name string, ahead time.Duration, whose string) {
	const remedy = "let both machines keep time by NTP: deliveries are signed with it"
	detail := fmt.Sprintf("%s differs by %s", whose, ahead.Abs().Round(time.Millisecond))
	switch {
	case ahead.Abs() > skewFail:
		r.fail(name, detail, remedy)
	case ahead.Abs() > skewWarn:
		r.warn(name, detail, remedy)
	default:
		r.ok(name, "%s", detail)
	}
}

// plugins starts them as a gateway would.
func (m Machine) plugins(ctx context.Context, r *Report) {
	host, err := app.NewPluginHost(m.Config, m.Version, slog.New(slog.DiscardHandler))
	if err != nil {
		r.fail("plugins", err.Error(), "see the plugins section of the configuration")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pluginTimeout)
	defer cancel()
	host.Start(ctx)
	_ = host.WaitReady(ctx) // Status tells of each
	status := host.Status()
	if err := host.Close(ctx); err != nil {
		r.warn("plugins", "not all ended: "+err.Error(), "look for processes named switchhook adapter")
	}
	for _, p := range status {
		if p.State == pluginhost.StateUp {
			r.ok("plugin "+p.Provider, "version %s starts and answers", p.Version)
			continue
		}
		r.fail("plugin "+p.Provider, "it does not start: "+p.LastError,
			"run switchhook adapter check on it, or disable it with plugins."+p.Provider+".enabled: false")
	}
}

// egress looks at the way to subscribers.
func (m Machine) egress(ctx context.Context, r *Report) {
	const name = "egress"
	client, err := app.NewEgress(m.Config, m.Version)
	if err != nil {
		r.fail(name, err.Error(), "see the egress section of the configuration")
		return
	}
	defer client.CloseIdle()
	if allow := m.Config.Egress.Allow; len(allow) > 0 {
		r.warn(name, "networks beyond the public ones may be reached: "+strings.Join(allow, ", "),
			"subscribers can name hosts in them; keep the list as short as it can be")
	} else {
		r.ok(name, "public addresses alone may be reached")
	}
	if m.URL != "" {
		m.subscriber(ctx, r, client)
	}
}

// subscriber sends a request that changes nothing: HEAD.
func (m Machine) subscriber(ctx context.Context, r *Report, client *egress.Client) {
	const name = "subscriber"
	if err := client.CheckURL(m.URL); err != nil {
		r.fail(name, err.Error(), "subscriptions with this URL are refused")
		return
	}
	resp, err := client.Do(ctx, egress.Request{Method: "HEAD", URL: m.URL, Timeout: checkTimeout})
	if err != nil {
		r.fail(name, err.Error(), "see that DNS, routes and firewalls let this machine reach it")
		return
	}
	t := resp.Timings
	r.ok(name, "it answers HEAD with %d after %s (DNS %s, connect %s, TLS %s)", resp.Status, t.Total.Round(time.Millisecond),
		t.DNS.Round(time.Millisecond), t.Connect.Round(time.Millisecond), t.TLS.Round(time.Millisecond))
}
