//go:build unix

package gateway

import (
	"os"
	"os/exec"
	"syscall"
)

// detach gives a process a group of its own: an interrupt in the terminal reaches
// the measuring program alone, which then ends the gateway in order.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// end asks a process to end, also one that is paused; where that is not possible
// it is killed.
func end(p *os.Process) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return p.Kill()
	}
	return p.Signal(syscall.SIGCONT)
}

func pause(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// killGroup ends what is left in it.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
