package reference

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

// assets are the scripts and styles, by their path.
type assets map[string]asset

type asset struct {
	content     []byte
	contentType string
	// etag changes with the content, for browsers that have it already.
	etag string
}

func newAssets() (assets, error) {
	all := assets{}
	root, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
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

// ServeHTTP implements [http.Handler] below the assets' path.
func (all assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := all[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", a.etag)
	serve(w, r, a.content)
}
