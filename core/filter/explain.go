package filter

// Explanation tells what a filter makes of an event.
type Explanation struct {
	// Matched is what [Filter.Match] says.
	Matched bool
	// FirstFailing is the path of the first clause for which the event does not
	// match; "" if it does. Inside exact, prefix, suffix and all it is the entry
	// at fault, else the clause itself.
	FirstFailing string
	// Clauses are the filter objects, in order. All of them are evaluated, also
	// where the result is known before.
	Clauses []Clause
}

// Clause is a clause of a filter with what became of it.
type Clause struct {
	// Path such as filters[1].any[0].prefix.type.
	Path string
	// Dialect is the clause's; of an attribute to compare, that which it stands in.
	Dialect string
	Matched bool
	// Reason tells in words why it does not match, with the values at fault, each
	// shortened to some eighty bytes; "" where it matches.
	Reason string
	// Clauses inside, in order: attributes, or filters.
	Clauses []Clause
}

// Explain tells for each clause whether the event matches, and why not.
func (f *Filter) Explain(v *View) Explanation {
	out := Explanation{Matched: true}
	if f == nil {
		return out
	}
	out.Clauses = explainItems(f.clauses, v, root)
	for i := range out.Clauses {
		if !out.Clauses[i].Matched {
			out.Matched, out.FirstFailing = false, out.Clauses[i].firstFailing()
			break
		}
	}
	return out
}

func explainItems(clauses []clause, v *View, at *path) []Clause {
	out := make([]Clause, len(clauses))
	for i, c := range clauses {
		out[i] = explainObject(c, v, at.item(i))
	}
	return out
}

// explainObject explains the filter object at a path, which is that of its
// dialect.
func explainObject(c clause, v *View, at *path) Clause { return c.explain(v, at.field(dialectOf(c))) }

func dialectOf(c clause) string {
	switch c := c.(type) {
	case *attributes:
		return c.dialect
	case every:
		return dialectAll
	case some:
		return dialectAny
	case complement:
		return dialectNot
	default:
		return dialectExpr
	}
}

// needsAll settles a clause that matches when all inside match.
func (c Clause) needsAll() Clause {
	c.Matched = true
	for _, inner := range c.Clauses {
		if !inner.Matched {
			c.Matched, c.Reason = false, inner.Path+" does not match"
			break
		}
	}
	return c
}

func (c Clause) firstFailing() string {
	if c.Dialect == dialectAny || c.Dialect == dialectNot {
		return c.Path
	}
	for _, inner := range c.Clauses {
		if !inner.Matched {
			return inner.firstFailing()
		}
	}
	return c.Path
}
