//go:build unix

package cluster

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owner is whom the server runs as; without credential this process's own user.
type owner struct{ credential *syscall.Credential }

// findOwner finds a user for a server that refuses to run as root.
func findOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return owner{}, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return owner{}, err
		}
		return owner{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return owner{}, errors.New("no user postgres or nobody, and Postgres does not run as root")
}

// attributes give the process a group of its own, so that an interrupt in the
// terminal does not reach it.
func (o owner) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: o.credential}
}

// give makes a file the owner's.
func (o owner) give(path string) error {
	if o.credential == nil {
		return nil
	}
	return os.Chown(path, int(o.credential.Uid), int(o.credential.Gid))
}
