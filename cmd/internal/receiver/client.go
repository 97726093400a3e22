package receiver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Receiver is a running receiver process.
type Receiver struct {
	// PID of the process.
	PID int

	base    string
	client  *http.Client
	command *exec.Cmd
	input   io.Closer
}

// Start starts command, which must call [Serve] with its standard input and
// output. It ends with [Receiver.Stop], or when ctx or this process does.
func Start(ctx context.Context, command string, args ...string) (*Receiver, error) {
	cmd := exec.CommandContext(ctx, command, args...) //nolint:gosec // the caller itself, again
	cmd.Stderr, cmd.WaitDelay = os.Stderr, time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the receiver: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the receiver names no address: %w", err), in.Close(), cmd.Wait())
	}
	return &Receiver{PID: cmd.Process.Pid, base: strings.TrimSpace(line), client: &http.Client{}, command: cmd, input: in}, nil
}

// Stop ends the process and returns when it has ended.
func (r *Receiver) Stop() error {
	r.client.CloseIdleConnections()
	return errors.Join(r.input.Close(), r.command.Wait())
}

// URL of an endpoint.
func (r *Receiver) URL(endpoint int) string { return fmt.Sprintf("%s/hook/%d", r.base, endpoint) }

// Plan begins a run and forgets the one before.
func (r *Receiver) Plan(ctx context.Context, p Plan) error {
	return r.put(ctx, "/control/plan", p)
}

// SetModes changes how the endpoints answer, also requests that hang now.
func (r *Receiver) SetModes(ctx context.Context, modes []Mode) error {
	return r.put(ctx, "/control/modes", modes)
}

// Progress asks what has arrived so far.
func (r *Receiver) Progress(ctx context.Context) (p Progress, err error) {
	b, err := r.do(ctx, http.MethodGet, "/control/progress", nil)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	return p, err
}

// Arrivals asks when each event arrived first, in Unix nanoseconds; 0 if it has
// not. Event s in copy c is at c × events + s.
func (r *Receiver) Arrivals(ctx context.Context) ([]int64, error) {
	b, err := r.do(ctx, http.MethodGet, "/control/arrivals", nil)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(b)/8)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(b[8*i:])) //nolint:gosec // bits, not a number
	}
	return out, nil
}

func (r *Receiver) put(ctx context.Context, path string, in any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = r.do(ctx, http.MethodPut, path, b)
	return err
}

func (r *Receiver) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(body)) //nolint:gosec // the child's own address
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(req) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("ask the receiver: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 8*maxEvents))
	if err != nil {
		return nil, fmt.Errorf("ask the receiver: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the receiver answers %d: %s", resp.StatusCode, b)
	}
	return b, nil
}
