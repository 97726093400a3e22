// Package machine is what a measurement was made on.
package machine

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
)

// Machine is where and of what the measurements are.
type Machine struct {
	Time  time.Time `json:"time"`
	OS    string    `json:"os"`
	Cores int       `json:"cores"`
	CPU   string    `json:"cpu,omitempty"`
	// Gateway is what its binary says of its version.
	Gateway  string `json:"gateway"`
	Go       string `json:"go"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Database string `json:"database"`
	Data     string `json:"data"`
}

// New reads the facts; Go and commit are those of the gateway's binary.
func New(ctx context.Context, binary, data, database string) (Machine, error) {
	m := Machine{
		Time: time.Now().UTC(), OS: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), CPU: cpuModel(),
		Data: data, Database: database,
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return m, fmt.Errorf("--binary: %w", err)
	}
	m.Go = info.GoVersion
	if m.Gateway, err = gateway.Version(ctx, binary); err != nil {
		return m, fmt.Errorf("--binary: %w", err)
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			m.Commit = s.Value
		case "vcs.modified":
			m.Modified = s.Value == "true"
		}
	}
	return m, nil
}

// cpuModel is the processor's name; "" where the system does not say.
func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	return parseCPUModel(b)
}

func parseCPUModel(b []byte) string {
	for line := range bytes.Lines(b) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// String is the machine in three lines.
func (m Machine) String() string {
	cpu, version := m.CPU, m.Gateway
	if cpu == "" {
		cpu = "unknown processor"
	}
	if m.Commit != "" {
		version += ", commit " + m.Commit
	}
	if m.Modified {
		version += " with changes"
	}
	return fmt.Sprintf("%s by %s\n%s, %d cores of %s\n%s; data in %s", version, m.Go, m.OS, m.Cores, cpu, m.Database, m.Data)
}
