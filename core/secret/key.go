package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxKeyFile bounds what is read of a key file; a good one has 45 bytes.
const maxKeyFile = 4096

// ParseKey decodes a key of [KeySize] bytes from base64, standard or URL
// alphabet, padded or not. The error never holds the text.
func ParseKey(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(text))
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("is not base64: make one with `openssl rand -base64 %d`", KeySize)
	}
	if len(key) != KeySize {
		return nil, fmt.Errorf("has %d bytes, want %d: make one with `openssl rand -base64 %d`",
			len(key), KeySize, KeySize)
	}
	return key, nil
}

// LoadOrCreateKey reads the key file at path, or makes it with a random key and
// mode 0600. The file appears whole or not at all, and of several processes that
// start at once one makes it and the others read it. A malformed file is an
// error and stays as it is: what it sealed would be lost with it.
func LoadOrCreateKey(path string) ([]byte, error) {
	key, err := loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key file %s cannot be made: %w; give the key as SWITCHHOOK_SECRET_KEY instead",
			path, err)
	}
	return loadKey(path)
}

func loadKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a regular file", path)
	}
	// The group may read it: Kubernetes gives volumes to a group (fsGroup).
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("key file %s is open to every user (mode %#o): run `chmod 600 %s`",
			path, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s is malformed: it %w; restore it from a backup, "+
			"or remove it if nothing was stored with it yet", path, err)
	}
	return key, nil
}

// createKey writes a new key beside path and links it there: unlike rename, link
// fails where another process was first.
func createKey(path string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := writeKey(f); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeKey(f *os.File) error {
	var key [KeySize]byte
	_, _ = rand.Read(key[:])
	_, err := io.WriteString(f, base64.StdEncoding.EncodeToString(key[:])+"\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir makes the directory entry survive a power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
