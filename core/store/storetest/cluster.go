package storetest

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// clusterScript makes and runs a cluster in the directory $1 with the programs
// in $2 on the port $3. It is the cluster's janitor as well: its input ends when
// the test binary does, in whatever way, and then it stops the server and
// removes the directory.
const clusterScript = `
cd "$1" || exit 1
fail() { tail -n 5 log; rm -rf "$1"; exit 1; }
"$2/initdb" -D data -U switchhook -A scram-sha-256 --pwfile=password -E UTF8 --no-locale --no-sync >log 2>&1 || fail "$1"
"$2/pg_ctl" start -w -t 60 -D data -l log -s -o "-h 127.0.0.1 -p $3 -k '$1' -c max_connections=300" >>log 2>&1 || fail "$1"
echo ready
read -r _
"$2/pg_ctl" stop -m immediate -D data -s >>log 2>&1
rm -rf "$1"
`

// keepAlive is the janitor's input; it stays open as long as this process lives.
var keepAlive *os.File //nolint:unused // it is kept, not used

// startCluster starts a throw-away server.
func startCluster() (*url.URL, error) {
	programs, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	owner, err := clusterOwner()
	if err != nil {
		return nil, err
	}
	dir, password, err := clusterDirectory(owner)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := runJanitor(dir, programs, port, owner); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &url.URL{
		Scheme: "postgres", User: url.UserPassword("switchhook", password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable",
	}, nil
}

// postgresPrograms finds the newest installed server, Debian's way or in the PATH.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, compareVersions)), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("install the PostgreSQL server's programs (Debian: postgresql), or set %s=postgres://…", PostgresVariable)
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

// clusterOwner is whom the server runs as; nil is this process's own user. It
// refuses to run as root.
func clusterOwner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("Postgres does not run as root, and there is no user postgres or nobody")
}

// clusterDirectory makes the directory with the password in it.
func clusterDirectory(owner *syscall.Credential) (dir, password string, err error) {
	if dir, err = os.MkdirTemp("", "switchhook-pg-"); err != nil {
		return "", "", err
	}
	password = rand.Text()
	file := filepath.Join(dir, "password")
	err = os.WriteFile(file, []byte(password+"\n"), 0o600)
	if err == nil && owner != nil {
		err = errors.Join(os.Chown(file, int(owner.Uid), int(owner.Gid)), os.Chown(dir, int(owner.Uid), int(owner.Gid)))
	}
	if err != nil {
		return "", "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, password, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// runJanitor starts the script and waits until the server is ready.
func runJanitor(dir, programs string, port int, owner *syscall.Credential) error {
	in, keep, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", clusterScript, "sh", dir, programs, strconv.Itoa(port))
	cmd.Stdin = in
	// A group of its own, so that an interrupt in the terminal does not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: owner}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, keep.Close(), in.Close())
	}
	keepAlive = keep
	answer := bufio.NewScanner(out)
	if answer.Scan() && answer.Text() == "ready" {
		return errors.Join(in.Close(), out.Close())
	}
	reason := answer.Text()
	for answer.Scan() {
		reason += "; " + answer.Text()
	}
	return errors.Join(fmt.Errorf("start Postgres: %s", reason), in.Close(), cmd.Wait())
}
