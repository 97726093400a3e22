// Package assets serves files that stand in the binary, such as scripts and
// styles, with their types and tags of their content.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Assets are files by their path. They are read where they stand in the binary, and
// take no memory of their own.
type Assets struct {
	root embed.FS
	at   string
	// etags change with the content, for browsers that have it already.
	etags map[string]string
}

// New looks at all files below a directory.
func New(root embed.FS, at string) (Assets, error) {
	all := Assets{root: root, at: at, etags: map[string]string{}}
	err := fs.WalkDir(root, at, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		all.etags[strings.TrimPrefix(name, at+"/")], err = etag(root, name)
		return err
	})
	return all, err
}

func etag(root embed.FS, name string) (string, error) {
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)[:8]) + `"`, nil
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
	tag, ok := all.etags[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	file, err := all.root.Open(path.Join(all.at, r.URL.Path))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", typeOf(r.URL.Path))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, file.(io.ReadSeeker)) //nolint:forcetypeassert // as embed.FS promises for files
}
