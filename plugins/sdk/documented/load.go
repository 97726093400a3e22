package documented

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// loader reads the files that an index names.
type loader struct {
	dir   string
	named []string
	seen  []string
}

func (l *loader) example(e *Example) error {
	if e.Name == "" || slices.Contains(l.seen, e.Name) {
		return errors.New("name: must be set and unique")
	}
	l.seen = append(l.seen, e.Name)
	if (e.Answer == nil) == (e.Delivery == nil) || (e.Answer != nil) != (len(e.Requests) > 0) || e.Delivery != nil && e.Publish == nil {
		return errors.New("must have requests with an answer, or publish with a delivery")
	}
	for i := range e.Requests {
		if err := l.sample(&e.Requests[i]); err != nil {
			return err
		}
	}
	var err error
	if e.Publish != nil {
		if e.Publish.Text, err = l.optional(e.Publish.File); err != nil {
			return err
		}
	}
	if e.Answer != nil {
		e.Answer.Text, err = l.optional(e.Answer.File)
		return err
	}
	e.Delivery.Text, err = l.read(e.Delivery.File)
	return err
}

func (l *loader) sample(s *Sample) error {
	var err error
	if s.Text, err = l.read(s.File); err != nil {
		return err
	}
	body, err := l.optional(s.BodyFile)
	if err != nil {
		return err
	}
	if _, err := l.optional(s.ProgramFile); err != nil {
		return err
	}
	switch filepath.Ext(s.File) {
	case ".curl":
		s.Request, err = ParseCurl(s.Text, body)
	case ".request":
		s.Request, err = ParseRequest(s.Text)
	default:
		err = errors.New("must end in .curl or .request")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.File, err)
	}
	return nil
}

func (l *loader) optional(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	return l.read(file)
}

func (l *loader) read(file string) (string, error) {
	l.named = append(l.named, filepath.Clean(file))
	text, err := os.ReadFile(filepath.Join(l.dir, file))
	return string(text), err
}

// allNamed makes sure that no file lies about unused.
func (l *loader) allNamed() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	var unused []string
	for _, entry := range entries {
		if !slices.Contains(l.named, entry.Name()) {
			unused = append(unused, entry.Name())
		}
	}
	if len(unused) > 0 {
		return fmt.Errorf("%s: no example names %s", filepath.Join(l.dir, Index), strings.Join(unused, ", "))
	}
	return nil
}
