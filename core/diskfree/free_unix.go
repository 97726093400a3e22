//go:build linux || darwin

package diskfree

import "syscall"

// Of is what an unprivileged process may still write, in bytes.
func Of(dir string) (bytes uint64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Bsize <= 0 {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
