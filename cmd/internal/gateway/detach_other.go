//go:build !unix

package gateway

import "os/exec"

// detach does nothing: there are no process groups.
func detach(*exec.Cmd) {}
