package client_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// baseURL and token are those of a gateway that runs while the tests do.
var baseURL, token string

const operatorKey = "swh_operator-key-for-the-client-tests"

func TestMain(m *testing.M) {
	os.Exit(withGateway(m.Run))
}

// withGateway builds and starts a gateway with an empty store, whose receivers may
// stand on this machine.
func withGateway(run func() int) int {
	dir, err := os.MkdirTemp("", "client")
	if err != nil {
		return failed(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "switchhook")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/switchhook").CombinedOutput(); err != nil {
		return failed(fmt.Errorf("build the gateway: %w: %s", err, out))
	}
	gateway := exec.Command(binary, "serve")
	gateway.Env = append(os.Environ(), "SWITCHHOOK_LISTEN=127.0.0.1:0", "SWITCHHOOK_DATA="+filepath.Join(dir, "data"),
		"SWITCHHOOK_ADMIN_KEY="+operatorKey, "SWITCHHOOK_EGRESS_ALLOW=127.0.0.0/8", "SWITCHHOOK_DELIVERY_POLL_INTERVAL=20ms")
	stderr, err := gateway.StderrPipe()
	if err != nil {
		return failed(err)
	}
	if err := gateway.Start(); err != nil {
		return failed(err)
	}
	defer func() { _ = gateway.Wait() }()
	defer func() { _ = gateway.Process.Signal(syscall.SIGTERM) }()
	ready := make(chan string, 1)
	go func() {
		line := regexp.MustCompile(`msg=ready listen=(\S+)`)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if m := line.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
	}()
	select {
	case address := <-ready:
		baseURL, token = "http://"+address, operatorKey
		return run()
	case <-time.After(time.Minute):
		return failed(fmt.Errorf("the gateway is not ready"))
	}
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
