package demo

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	maxDelivery   = 1 << 20
	receiverQueue = 16
)

// receiver is a subscriber: an HTTPS server that keeps what it gets, under a
// certificate of an authority of its own.
type receiver struct {
	server   *http.Server
	listener net.Listener
	got      chan delivery
	caPEM    []byte
}

// newReceiver starts a receiver for the given host names on a free loopback port.
func newReceiver(ctx context.Context, hosts []string) (*receiver, error) {
	cert, caPEM, err := newCertificate(hosts)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{listener: listener, got: make(chan delivery, receiverQueue), caPEM: caPEM}
	r.server = &http.Server{
		Handler:           http.HandlerFunc(r.receive),
		ReadHeaderTimeout: 5 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
	}
	return r, nil
}

func (r *receiver) addr() string { return r.listener.Addr().String() }

func (r *receiver) serve() error { return r.server.ServeTLS(r.listener, "", "") }

func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxDelivery))
	if err != nil {
		http.Error(w, "cannot read the body", http.StatusBadRequest)
		return
	}
	// ChatBot verifies a new webhook with a GET that wants its challenge back.
	if challenge := req.URL.Query().Get("challenge"); req.Method == http.MethodGet {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, challenge) //nolint:gosec // plain text, and no browser asks
		return
	}
	d := delivery{Host: req.Host, Method: req.Method, Path: req.URL.RequestURI(), Header: req.Header, Body: body, At: time.Now()}
	select {
	case r.got <- d:
		_, _ = io.WriteString(w, `{"status":"ok"}`)
	default: // nobody reads: later deliveries are somebody's own experiments
		_, _ = io.WriteString(w, `{"status":"ok"}`)
	}
}

// writeCA writes the authority's certificate to a file.
func (r *receiver) writeCA(file string) error { return os.WriteFile(file, r.caPEM, 0o600) }

const certificateLife = 24 * time.Hour

// newCertificate makes an authority, and a certificate of it for host names.
func newCertificate(hosts []string) (cert tls.Certificate, caPEM []byte, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cert, nil, err
	}
	ca := template("Switchhook demo authority")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return cert, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cert, nil, err
	}
	leaf := template("Switchhook demo receiver")
	leaf.DNSNames = hosts
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return cert, nil, err
	}
	caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, caPEM, nil
}

func template(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}
