//go:build unix

package pluginclient

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup gives the plugin a process group of its own: the terminal's Ctrl-C
// reaches the gateway alone, and whatever the plugin starts ends with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}
