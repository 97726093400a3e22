package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// terminal opens a pseudo terminal: what is written to one end is typed at the
// other.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	needs(t, err, "this test types at a pseudo terminal; mount devpts")
	t.Cleanup(func() { _ = keyboard.Close() })
	var unlock, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), request, uintptr(unsafe.Pointer(value)))
		require.Zero(t, errno)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	return keyboard, screen
}

// At a terminal the plan is shown and agreed to, or not.
func TestApplyAsks(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g, "SHOP_TOKEN=x", presenceSecret)
	c.file("subscriptions.yaml", declared)
	for _, step := range []struct {
		typed string
		code  int
		want  string
	}{
		{"\n", 3, "Nothing was changed."},
		{"no\n", 3, "Nothing was changed."},
		{"y\n", 0, "created vonage/presence"},
	} {
		keyboard, screen := terminal(t)
		_, err := keyboard.WriteString(step.typed)
		require.NoError(t, err)
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), self(t), "apply", "-f", "subscriptions.yaml")
		cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.env, c.dir, screen, &out, &out
		_ = cmd.Run()
		require.Equal(t, step.code, cmd.ProcessState.ExitCode(), out.String())
		require.Contains(t, out.String(), "Make these changes? [y/N]")
		require.Contains(t, out.String(), step.want)
	}
}
