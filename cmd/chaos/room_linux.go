package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"
)

// roomBytes is the size of the file system that is filled.
const roomBytes = 64 << 20

// openRoom makes a small file system of its own at dir, where that is allowed, and
// else takes the room by a limit on the gateway's process.
func openRoom(dir string, pid func() int) (room, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	err := syscall.Mount("switchhook-chaos", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", roomBytes))
	switch {
	case err == nil:
		return &smallDisk{dir: dir}, nil
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES):
		return &fileLimit{dir: dir, pid: pid}, nil
	default:
		return nil, errors.Join(fmt.Errorf("mount a small file system: %w", err), os.RemoveAll(dir))
	}
}

// smallDisk is a file system that a file fills.
type smallDisk struct{ dir string }

func (d *smallDisk) about() string {
	return fmt.Sprintf("the store is on a file system of %d MiB, which is filled", roomBytes>>20)
}

func (d *smallDisk) filler() string { return filepath.Join(d.dir, "filler") }

func (d *smallDisk) take() error {
	f, err := os.Create(d.filler())
	if err != nil {
		return err
	}
	block := make([]byte, 64<<10)
	// Smaller pieces fill what is left when no block fits.
	for len(block) > 0 {
		if _, err = f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

func (d *smallDisk) give() error { return os.Remove(d.filler()) }

func (d *smallDisk) close() error {
	// A process that is about to end may have a file open still.
	if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount %s: %w", d.dir, err)
	}
	return os.Remove(d.dir)
}

// fileLimit lets no write of the gateway's process into a file succeed (RLIMIT_FSIZE,
// getrlimit(2); Go programs outlive the signal that comes with it).
type fileLimit struct {
	dir string
	pid func() int
}

func (*fileLimit) about() string {
	return "a file system of the case's own is not allowed here: the gateway's process may not write to files for a while"
}

func (l *fileLimit) take() error { return l.set(0) }

// give has nothing to give to a gateway that was killed: the next has no limit.
func (l *fileLimit) give() error {
	if err := l.set(^uint64(0)); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

func (l *fileLimit) set(soft uint64) error {
	limit := syscall.Rlimit{Cur: soft, Max: ^uint64(0)}
	_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(l.pid()), rlimitFileSize,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0) //nolint:gosec // the kernel reads it during the call
	if errno != 0 {
		return fmt.Errorf("limit the size of the gateway's files: %w", errno)
	}
	return nil
}

// rlimitFileSize is RLIMIT_FSIZE.
const rlimitFileSize = 1

func (l *fileLimit) close() error { return os.RemoveAll(l.dir) }
