package filter

import (
	"strings"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// condition is expr.
type condition struct{ program *expression.Program }

func (c condition) match(v *View) bool {
	if !v.limited {
		matched, err := c.program.Run(&v.machine, (*input)(v))
		return matched && err == nil
	}
	steps := min(v.left-expressionCost, expression.Steps)
	if steps <= 0 {
		v.stopped = true
		return false
	}
	matched, spent, err := c.program.RunWithin(&v.machine, (*input)(v), steps)
	v.left -= spent + expressionCost
	v.stopped = v.stopped || spent == steps && steps < expression.Steps
	return matched && err == nil
}

func (c condition) explain(v *View, at *path) Clause {
	out := Clause{Path: at.String(), Dialect: dialectExpr}
	var err error
	out.Matched, err = c.program.Run(&v.machine, (*input)(v))
	switch {
	case err != nil:
		out.Matched, out.Reason = false, err.Error()
	case !out.Matched:
		out.Reason = "the expression is false" + c.found(v)
	}
	return out
}

// found tells what the expression reads in the event.
func (c condition) found(v *View) string {
	var parts []string
	for _, r := range c.program.Reads(&v.machine, (*input)(v)) {
		parts = append(parts, r.Path+" is "+r.Value)
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
