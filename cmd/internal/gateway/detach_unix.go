//go:build unix

package gateway

import (
	"os/exec"
	"syscall"
)

// detach gives a process a group of its own: an interrupt in the terminal reaches
// the measuring program alone, which then ends the gateway in order.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
