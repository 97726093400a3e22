// Package cluster starts throw-away Postgres servers from the installed
// programs, and makes databases on them, for tests and benchmarks.
package cluster

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// script makes and runs a cluster in the directory $1 with the programs in $2 on
// the port $3. It answers each start and stop with a line. It is the cluster's
// janitor as well: its input ends when the process that started it does, in
// whatever way, and then it stops the server and removes the directory.
const script = `
cd "$1" || exit 1
fail() { tail -n 5 log; rm -rf "$1"; exit 1; }
"$2/initdb" -D data -U switchhook -A scram-sha-256 --pwfile=password -E UTF8 --no-locale --no-sync >log 2>&1 || fail "$1"
start() {
  "$2/pg_ctl" start -w -t 60 -D data -l log -s -o "-h 127.0.0.1 -p $3 -k '$1' -c max_connections=300" >>log 2>&1 || fail "$1"
  echo "ready $(head -n 1 data/postmaster.pid)"
}
start "$@"
while read -r command; do
  case "$command" in
  start) start "$@" ;;
  stop) "$2/pg_ctl" stop -m immediate -w -t 60 -D data -s >>log 2>&1 || fail "$1"; echo stopped ;;
  esac
done
"$2/pg_ctl" stop -m immediate -D data -s >>log 2>&1
rm -rf "$1"
`

// Cluster is a running server on loopback. It ends with [Cluster.Stop], with the
// process that started it, or when it is no longer referenced.
type Cluster struct {
	// URL of its database postgres, as a user who may make databases.
	URL *url.URL
	// PID of the server's first process, the parent of all others. It changes with
	// [Cluster.Resume].
	PID int

	janitor *exec.Cmd
	// keep is the janitor's input, answers its output.
	keep    *os.File
	answers *bufio.Scanner
}

// Start starts a server with the defaults of Postgres, so commits are durable.
// It runs as postgres or nobody where this process is root, which Postgres
// refuses. It fails where the server's programs are not installed.
func Start() (*Cluster, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	who, err := findOwner()
	if err != nil {
		return nil, err
	}
	dir, password, err := makeDirectory(who)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := &Cluster{URL: &url.URL{
		Scheme: "postgres", User: url.UserPassword("switchhook", password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable",
	}}
	if err := c.run(dir, programs, port, who); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// Stop stops the server, removes its directory and returns when both are done.
func (c *Cluster) Stop() error {
	return errors.Join(c.keep.Close(), c.janitor.Wait())
}

// Interrupt stops the server as the loss of its machine would: without a
// checkpoint, and without a word to its clients. It keeps its data and its port.
func (c *Cluster) Interrupt() error {
	if _, err := io.WriteString(c.keep, "stop\n"); err != nil {
		return fmt.Errorf("stop Postgres: %w", err)
	}
	answer, err := c.answer()
	if err == nil && answer != "stopped" {
		err = errors.New(answer)
	}
	if err != nil {
		return fmt.Errorf("stop Postgres: %w", err)
	}
	return nil
}

// Resume starts an interrupted server again and returns when it takes connections.
func (c *Cluster) Resume() error {
	if _, err := io.WriteString(c.keep, "start\n"); err != nil {
		return fmt.Errorf("start Postgres: %w", err)
	}
	return c.started()
}

// findPrograms finds the newest installed server, Debian's way or in the PATH.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, compareVersions)), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("install the PostgreSQL server's programs (Debian: postgresql)")
	}
	return filepath.Dir(initdb), nil
}

// compareVersions orders paths by the version in /usr/lib/postgresql/15/bin/initdb.
func compareVersions(a, b string) int {
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for a name that is no number
		return n
	}
	return version(a) - version(b)
}

// makeDirectory makes the directory with the password in it.
func makeDirectory(who owner) (dir, password string, err error) {
	if dir, err = os.MkdirTemp("", "switchhook-pg-"); err != nil {
		return "", "", err
	}
	password = rand.Text()
	file := filepath.Join(dir, "password")
	err = os.WriteFile(file, []byte(password+"\n"), 0o600)
	if err == nil {
		err = errors.Join(who.give(file), who.give(dir))
	}
	if err != nil {
		return "", "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, password, nil
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// run starts the script and waits until the server is ready.
func (c *Cluster) run(dir, programs string, port int, who owner) error {
	in, keep, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", script, "sh", dir, programs, strconv.Itoa(port)) //nolint:noctx // it ends with its input
	cmd.Stdin, cmd.SysProcAttr = in, who.attributes()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return errors.Join(err, keep.Close(), in.Close())
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, keep.Close(), in.Close())
	}
	c.janitor, c.keep, c.answers = cmd, keep, bufio.NewScanner(out)
	if err := errors.Join(c.started(), in.Close()); err != nil {
		return errors.Join(err, keep.Close(), cmd.Wait())
	}
	return nil
}

// started reads the answer to a start, or why there was none.
func (c *Cluster) started() error {
	answer, err := c.answer()
	if err != nil {
		return fmt.Errorf("start Postgres: %w", err)
	}
	pid, ready := strings.CutPrefix(answer, "ready ")
	if !ready {
		for c.answers.Scan() {
			answer += "; " + c.answers.Text()
		}
		return fmt.Errorf("start Postgres: %s", answer)
	}
	c.PID, err = strconv.Atoi(pid)
	return err
}

func (c *Cluster) answer() (string, error) {
	if !c.answers.Scan() {
		return "", errors.Join(errors.New("the server's janitor has ended"), c.answers.Err())
	}
	return c.answers.Text(), nil
}
