package sdk

import (
	"os"
	"path/filepath"
	"time"
)

// parentPoll is how often a plugin looks whether its gateway still lives.
const parentPoll = time.Second

// parentAtStart is read as the program starts, so that a gateway that is killed
// while its plugin comes up is missed too.
var parentAtStart = os.Getppid()

// exitWithParent calls exit when the parent is no longer the one given: a killed
// gateway cannot end its plugins, and the kernel hands them to another parent.
// Asking for the parent is portable, unlike a death signal, which Linux ties to
// the thread that forked.
func exitWithParent(parent int, current func() int, tick <-chan time.Time, exit func()) {
	for range tick {
		if current() != parent {
			exit()
			return
		}
	}
}

// removeSockets removes the directory that the gateway made for this plugin's
// sockets and could not remove. Anything else in it, and then the directory, stays.
func removeSockets(dir string) {
	if dir == "" {
		return
	}
	sockets, _ := filepath.Glob(filepath.Join(dir, "plugin*"))
	for _, s := range append(sockets, dir) {
		_ = os.Remove(s) //nolint:gosec // the gateway names the directory
	}
}
