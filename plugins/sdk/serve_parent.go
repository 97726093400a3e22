package sdk

import (
	"os"
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
