// Package assets serves files that stand in the binary, such as scripts and
// styles, with their types and tags of their content.
package assets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// Assets are files by their path.
type Assets map[string]asset

type asset struct {
	content     []byte
	contentType string
	// etag changes with the content, for browsers that have it already.
	etag string
}

// New reads all files of a tree.
func New(root fs.FS) (Assets, error) {
	all := Assets{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		sum := sha256.Sum256(content)
		all[name] = asset{content: content, contentType: typeOf(name), etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
		return err
	})
	return all, err
}

// typeOf does not ask the machine, whose list of types may lack any.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// ServeHTTP implements [http.Handler] for paths of the tree, without a slash first.
func (all Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := all[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", a.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}
