package apply

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// Run makes the changes of a plan, one after the other, and tells of each. A
// change that fails does not keep the others from being made; the error names
// all that failed.
func (p *Plan) Run(ctx context.Context, c *switchhook.Client, f *File, out io.Writer) error {
	var failed []error
	for i := range p.Changes {
		change := &p.Changes[i]
		note, err := change.do(ctx, c)
		if err != nil {
			failed = append(failed, f.located(change, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		done := map[Kind]string{Create: "created", Update: "changed", Delete: "deleted"}[change.Kind]
		if _, err := fmt.Fprintf(out, "%s %s%s\n", done, Line(change.Of.String()), note); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d changes failed:\n%w", len(failed), len(p.Changes), errors.Join(failed...))
	}
	return nil
}

// located names the line of the file that the gateway refuses.
func (f *File) located(c *Change, err error) error {
	var problem *answer.Error
	if c.pointer == "" || !errors.As(err, &problem) || len(problem.Fields()) == 0 {
		return fmt.Errorf("%s: %w", Line(c.Of.String()), err)
	}
	out := &problems{file: f.Name}
	for _, p := range problem.Fields() {
		pointer := c.pointer
		if p.In == switchhook.FieldProblemInBody {
			pointer += p.Field
		}
		out.list = append(out.list, Problem{f.line(pointer), field(pointer), p.Message})
	}
	return out
}
