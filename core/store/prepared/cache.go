package prepared

import "errors"

// statement is one that a connection has prepared.
type statement struct {
	query string
	stmt  fullStmt
	busy  bool   // by an Exec or by open rows
	kept  bool   // in the cache; else it is closed after use
	used  uint64 // when, by the cache's clock
}

// cache keeps the statements that were used last.
type cache struct {
	limit   int
	byQuery map[string]*statement
	clock   uint64
}

func newCache(limit int) *cache {
	return &cache{limit: limit, byQuery: make(map[string]*statement, limit)}
}

// get returns the statement of a text, or nil.
func (c *cache) get(query string) *statement {
	s := c.byQuery[query]
	if s != nil {
		c.clock++
		s.used = c.clock
	}
	return s
}

// put keeps a statement in place of the one not used for longest. Its error is
// that of closing the latter.
func (c *cache) put(s *statement) error {
	var err error
	if len(c.byQuery) >= c.limit {
		err = c.drop(c.oldest())
	}
	c.clock++
	s.kept, s.used = true, c.clock
	c.byQuery[s.query] = s
	return err
}

func (c *cache) oldest() *statement {
	var out *statement
	for _, s := range c.byQuery {
		if out == nil || s.used < out.used {
			out = s
		}
	}
	return out
}

// forget leaves a statement to its user to close.
func (c *cache) forget(s *statement) {
	if s.kept {
		s.kept = false
		delete(c.byQuery, s.query)
	}
}

// drop forgets a statement and closes it unless it is in use.
func (c *cache) drop(s *statement) error {
	c.forget(s)
	if s.busy {
		return nil
	}
	return s.stmt.Close()
}

// close drops all.
func (c *cache) close() error {
	var errs []error
	for _, s := range c.byQuery {
		errs = append(errs, c.drop(s))
	}
	return errors.Join(errs...)
}
