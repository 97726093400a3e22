// Command docs writes the pages of docs/ that follow from the documents and the
// adapters: the unified API by example, what a gateway tells of itself, who calls which
// canonical event what, and one page a provider, from the manifests, the OpenAPI documents and the documented
// examples.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run .

func main() {
	root, err := repository()
	if err == nil {
		err = write(root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

// repository returns the directory of go.mod, the working directory or above.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("must run inside the repository")
		}
		dir = parent
	}
}

// write writes all pages and removes those of providers that are gone.
func write(root string) error {
	all, err := pages(root)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, providersDir), 0o750); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(root, providersDir, "*.md"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil { //nolint:gosec // pages are for everybody
			return err
		}
	}
	return nil
}
