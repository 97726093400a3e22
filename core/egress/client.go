// Package egress is the one HTTP client that leaves the house. It dials public
// addresses only, follows no redirect, and bounds the time and size of every
// exchange, so that no subscriber can reach inside, hold a worker or fill memory.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"code.dny.dev/ssrf"
)

// Defaults of [Config].
const (
	DefaultTimeout             = 30 * time.Second
	DefaultMaxBody             = 4 << 10
	DefaultMaxResponseHeader   = 64 << 10
	DefaultMaxIdleConnsPerHost = 256
	DefaultUserAgent           = "Switchhook"
)

const (
	dialTimeout    = 10 * time.Second
	tlsTimeout     = 10 * time.Second
	idleTimeout    = 60 * time.Second
	maxIdleConns   = 1024
	maxCAFile      = 1 << 20
	tlsSessions    = 1024
	h2StreamBuffer = 64 << 10
	h2ConnBuffer   = 1 << 20
	h2PingAfter    = 15 * time.Second
)

// Config says what a [Client] may reach and how much it may use. The zero value
// is fit for production.
type Config struct {
	// Allow are networks beyond the public ones that may be dialed.
	Allow []netip.Prefix
	// Resolve maps "host:port" to the "host:port" that is dialed instead, as
	// `curl --resolve` does. It is the operator's explicit word: the address guard
	// does not look at what stands here.
	Resolve map[string]string
	// CAFile is a PEM file of certificate authorities trusted beside the system's.
	CAFile string
	// MaxIdleConnsPerHost bounds kept connections to one host, which subscriptions
	// share. Defaults to 256.
	MaxIdleConnsPerHost int
	// MaxResponseHeader bounds the answer's header in bytes. Defaults to 64 KiB.
	MaxResponseHeader int64
	// MaxBody is how many bytes of an answer are kept. Defaults to 4 KiB.
	MaxBody int64
	// Timeout of requests that name none. Defaults to 30 s.
	Timeout time.Duration
	// UserAgent of requests that name none. Defaults to "Switchhook".
	UserAgent string
}

// Client sends requests to subscribers. All methods may be called at once.
type Client struct {
	cfg       Config
	userAgent []string // the header's value
	guard     *ssrf.Guardian
	guarded   *net.Dialer
	unguarded *net.Dialer
	roots     *x509.CertPool
	// lane is that of requests without a certificate.
	lane
	lanes lanes

	connections connections
}

// New returns a client. Errors: an unreadable CA file, a malformed Resolve entry.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	resolve, err := normalizeResolve(cfg.Resolve)
	if err != nil {
		return nil, err
	}
	cfg.Resolve = resolve
	roots, err := loadRoots(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	guard := newGuard(cfg.Allow)
	c := &Client{
		cfg:       cfg,
		userAgent: []string{cfg.UserAgent},
		guard:     guard,
		guarded:   &net.Dialer{Timeout: dialTimeout, Control: guard.Safe},
		unguarded: &net.Dialer{Timeout: dialTimeout},
		roots:     roots,
	}
	c.open(&c.lane, maxIdleConns, tlsSessions)
	return c, nil
}

// CloseIdle closes connections that no request uses.
func (c *Client) CloseIdle() {
	c.closeIdle()
	c.lanes.closeIdle()
}

// open readies a lane that keeps so many connections and TLS sessions.
func (c *Client) open(l *lane, idle, sessions int) {
	perHost := min(c.cfg.MaxIdleConnsPerHost, idle)
	l.http1Conns.MaxIdle, l.http1Conns.MaxIdlePerHost, l.http1Conns.IdleTimeout = idle, perHost, idleTimeout
	l.transport = &http.Transport{
		// No Proxy: a proxy would dial in our place and the guard would see only it.
		DialContext: c.dial,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            c.roots,
			ClientSessionCache: tls.NewLRUClientSessionCache(sessions),
		},
		TLSHandshakeTimeout: tlsTimeout,
		// A compressed answer stays compressed, so a gzip bomb is as small as it came.
		DisableCompression:     true,
		MaxIdleConns:           idle,
		MaxIdleConnsPerHost:    perHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: c.cfg.MaxResponseHeader,
		ForceAttemptHTTP2:      true,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream:     h2StreamBuffer,
			MaxReceiveBufferPerConnection: h2ConnBuffer,
			SendPingTimeout:               h2PingAfter,
			PingTimeout:                   h2PingAfter,
		},
	}
}

// dial connects to addr under the guard, or to what the operator mapped it to.
// The transport lets a dial outlive its request, so that a later one may use the
// connection; the request's own deadline still ends it.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := dialing(ctx)
	defer cancel()
	if target, ok := c.cfg.Resolve[normalizeAddr(addr)]; ok {
		return c.metered(c.unguarded.DialContext(ctx, network, target))
	}
	return c.metered(c.guarded.DialContext(ctx, network, addr))
}

func (cfg Config) withDefaults() Config {
	if cfg.MaxIdleConnsPerHost <= 0 {
		cfg.MaxIdleConnsPerHost = DefaultMaxIdleConnsPerHost
	}
	if cfg.MaxResponseHeader <= 0 {
		cfg.MaxResponseHeader = DefaultMaxResponseHeader
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = DefaultUserAgent
	}
	return cfg
}

func loadRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil // the system's
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("egress.ca: %w", err)
	}
	defer func() { _ = f.Close() }()
	pem, err := io.ReadAll(io.LimitReader(f, maxCAFile))
	if err != nil {
		return nil, fmt.Errorf("egress.ca: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("egress.ca: %s holds no PEM certificate; it must hold "+
			"-----BEGIN CERTIFICATE----- blocks", path)
	}
	return roots, nil
}
