package egress

import (
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"sync"

	"github.com/switchhook/switchhook/core/egress/http1"
)

// lane is connections that requests may share: those that show the server the same
// certificate, or none. TLS sessions are a lane's own too, since to resume one is
// to be who began it.
type lane struct {
	// transport is for all exchanges but those over http1Conns.
	transport  *http.Transport
	http1Conns http1.Pool
	http1Hosts hosts
	// used counts the lanes that were asked for until this one was last.
	used uint64
}

const (
	// maxLanes bounds the certificates whose connections are kept.
	maxLanes = 1024
	// laneIdleConns bounds the kept connections of one.
	laneIdleConns = 64
	laneSessions  = 16
)

// lanes are those of certificates.
type lanes struct {
	mu    sync.Mutex
	known map[laneKey]*lane
	asked uint64
}

// laneKey is the hash of a certificate with its chain. A key of its own fits each
// certificate alone, so that who has the one has the other.
type laneKey [sha256.Size]byte

func keyOf(cert *tls.Certificate) (key laneKey) {
	h := sha256.New()
	for _, der := range cert.Certificate {
		h.Write(der)
	}
	h.Sum(key[:0])
	return key
}

// laneOf returns the lane for requests with a certificate; nil: without one.
func (c *Client) laneOf(cert *tls.Certificate) *lane {
	if cert == nil {
		return &c.lane
	}
	key := keyOf(cert)
	c.lanes.mu.Lock()
	defer c.lanes.mu.Unlock()
	c.lanes.asked++
	l := c.lanes.known[key]
	if l == nil {
		c.lanes.makeRoom()
		l = &lane{}
		c.open(l, laneIdleConns, laneSessions)
		l.transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
		c.lanes.known[key] = l
	}
	l.used = c.lanes.asked
	return l
}

// makeRoom forgets the lane that was not asked for the longest, where there are
// too many. What it sends is not disturbed.
func (l *lanes) makeRoom() {
	if l.known == nil {
		l.known = map[laneKey]*lane{}
	}
	if len(l.known) < maxLanes {
		return
	}
	var oldest laneKey
	least := l.asked
	for key, other := range l.known {
		if other.used < least {
			oldest, least = key, other.used
		}
	}
	l.known[oldest].closeIdle()
	delete(l.known, oldest)
}

// closeIdle closes connections that no request uses.
func (l *lane) closeIdle() {
	l.http1Conns.CloseIdle()
	l.transport.CloseIdleConnections()
}

func (l *lanes) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lane := range l.known {
		lane.closeIdle()
	}
}
