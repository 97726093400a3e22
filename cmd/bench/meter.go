package main

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/proc"
)

const (
	memoryEvery = time.Second
	mebibyte    = 1 << 20
)

// usage is CPU time used.
type usage struct{ gateway, postgres, other time.Duration }

// meter reads what a gateway uses. Make it with [bench.meter], then call stop.
type meter struct {
	b       *bench
	gateway int
	start   time.Time
	before  usage
	cancel  context.CancelFunc
	samples chan []proc.Sample
	err     error // of the samples
}

// meter begins to measure the gateway with a pid, or for 0 this process, which
// then stands in its place.
func (b *bench) meter(ctx context.Context, pid int) (*meter, error) {
	m := &meter{b: b, gateway: pid, samples: make(chan []proc.Sample, 1)}
	sampling, cancel := context.WithCancel(ctx)
	m.cancel = cancel
	go func() {
		var all []proc.Sample
		if pid != 0 {
			all, m.err = proc.Watch(sampling, memoryEvery, pid)
		}
		m.samples <- all
	}()
	var err error
	if m.before, err = m.read(); err != nil {
		cancel()
		<-m.samples
		return nil, err
	}
	m.start = time.Now()
	return m, nil
}

// spent is what a measurement found.
type spent struct {
	usage
	seconds float64
	// memory each second, in MiB.
	memory []float64
}

// stop ends the measurement, once what has arrived is recorded.
func (m *meter) stop(ctx context.Context) (*spent, error) {
	defer m.cancel()
	if err := load.Wait(ctx, m.b.size.settle); err != nil {
		return nil, err
	}
	after, err := m.read()
	m.cancel()
	samples := <-m.samples
	if err != nil {
		return nil, err
	}
	if m.err != nil {
		return nil, m.err
	}
	s := &spent{seconds: time.Since(m.start).Seconds(), usage: usage{
		gateway: after.gateway - m.before.gateway, postgres: after.postgres - m.before.postgres, other: max(after.other-m.before.other, 0),
	}}
	for _, sample := range samples {
		s.memory = append(s.memory, float64(sample.Bytes)/mebibyte)
	}
	return s, nil
}

// finish stops and writes what was spent to a result.
func (m *meter) finish(ctx context.Context, r *result) error {
	s, err := m.stop(ctx)
	if err == nil {
		r.charge(s)
	}
	return err
}

// charge writes what was spent to a result whose deliveries are counted.
func (r *result) charge(s *spent) {
	if r.Deliveries > 0 {
		thousands := float64(r.Deliveries) / 1000
		r.GatewayCPU, r.PostgresCPU = s.gateway.Seconds()/thousands, s.postgres.Seconds()/thousands
	}
	r.OtherCPU, r.Seconds, r.MemoryMiB = s.other.Seconds(), s.seconds, s.memory
	for _, mib := range s.memory {
		r.PeakMiB = max(r.PeakMiB, mib)
	}
}

// read reads what was used until now; other is the machine less all of ours.
func (m *meter) read() (u usage, err error) {
	own, err := proc.SelfCPU()
	if err != nil {
		return u, err
	}
	receiver, err := proc.CPU(m.b.Receiver.PID)
	if err != nil {
		return u, err
	}
	if u.postgres, err = proc.CPU(m.b.databases.PIDs()...); err != nil {
		return u, err
	}
	if u.other, err = proc.Busy(); err != nil {
		return u, err
	}
	u.other -= own + receiver + u.postgres
	if m.gateway == 0 {
		u.gateway = own
		return u, nil
	}
	u.gateway, err = proc.CPU(m.gateway)
	u.other -= u.gateway
	return u, err
}
