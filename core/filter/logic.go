package filter

func matchAll(clauses []clause, v *View) bool {
	for _, c := range clauses {
		if !c.match(v) {
			return false
		}
	}
	return true
}

// every is all.
type every []clause

func (c every) match(v *View) bool { return matchAll(c, v) }

func (c every) explain(v *View, at *path) Clause {
	return Clause{Path: at.String(), Dialect: dialectAll, Clauses: explainItems(c, v, at)}.needsAll()
}

// some is any.
type some []clause

func (c some) match(v *View) bool {
	for _, inner := range c {
		if inner.match(v) {
			return true
		}
	}
	return false
}

func (c some) explain(v *View, at *path) Clause {
	out := Clause{Path: at.String(), Dialect: dialectAny, Clauses: explainItems(c, v, at)}
	for _, inner := range out.Clauses {
		out.Matched = out.Matched || inner.Matched
	}
	if !out.Matched {
		out.Reason = "none of its filters matches"
	}
	return out
}

// complement is not.
type complement struct{ clause }

func (c complement) match(v *View) bool { return !c.clause.match(v) }

func (c complement) explain(v *View, at *path) Clause {
	inner := explainObject(c.clause, v, at)
	out := Clause{Path: at.String(), Dialect: dialectNot, Matched: !inner.Matched, Clauses: []Clause{inner}}
	if !out.Matched {
		out.Reason = "the filter inside matches"
	}
	return out
}
