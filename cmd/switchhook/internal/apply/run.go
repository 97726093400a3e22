package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Subscriptions lists all of the account's, as the API shows them.
func Subscriptions(ctx context.Context, c *switchhook.Client) ([]map[string]any, error) {
	var all []map[string]any
	limit := 100
	params := switchhook.ListSubscriptionsParams{Limit: &limit}
	for {
		body, err := answer.Read(c.ListSubscriptions(ctx, &params))
		if err != nil {
			return nil, err
		}
		page, err := answer.Decode[struct {
			Items      []map[string]any `json:"items"`
			NextCursor *string          `json:"next_cursor"`
		}](body)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		params.Cursor = page.NextCursor
	}
}

// Run makes the changes of a plan, one after the other, and tells of each. A
// change that fails does not keep the others from being made; the error names
// all that failed.
func (p *Plan) Run(ctx context.Context, c *switchhook.Client, f *File, out io.Writer) error {
	var failed []error
	for i := range p.Changes {
		change := &p.Changes[i]
		note, err := change.run(ctx, c)
		if err != nil {
			failed = append(failed, f.located(change, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		done := map[Kind]string{Create: "created", Update: "changed", Delete: "deleted"}[change.Kind]
		if _, err := fmt.Fprintf(out, "%s %s%s\n", done, Line(change.String()), note); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d changes failed:\n%w", len(failed), len(p.Changes), errors.Join(failed...))
	}
	return nil
}

func (c *Change) run(ctx context.Context, client *switchhook.Client) (note string, err error) {
	switch c.Kind {
	case Create:
		return c.create(ctx, client)
	case Update:
		return "", c.update(ctx, client)
	default:
		id, err := uuid.Parse(c.ID)
		if err != nil {
			return "", fmt.Errorf("read the answer: %w", err)
		}
		_, err = answer.Read(client.DeleteSubscription(ctx, id))
		var gone *answer.Error
		if errors.As(err, &gone) && gone.Status == http.StatusNotFound {
			return "", nil
		}
		return "", err
	}
}

// create makes the subscription; a secret that the gateway made is shown now or
// never.
func (c *Change) create(ctx context.Context, client *switchhook.Client) (note string, err error) {
	body, err := jsondata.Marshal(c.body)
	if err != nil {
		return "", err
	}
	text, err := answer.Read(client.CreateSubscriptionWithBody(ctx, "application/json", bytes.NewReader(body)))
	if err != nil {
		return "", err
	}
	made, err := answer.Decode[switchhook.SubscriptionWithSecret](text)
	if err != nil {
		return "", err
	}
	note = " " + made.ID.String()
	if c.body["secret"] == nil && made.Secret != nil && *made.Secret != "" {
		note += ", its secret (shown once): " + Line(*made.Secret)
	}
	return note, nil
}

// update changes a subscription in the state that the plan was made for.
func (c *Change) update(ctx context.Context, client *switchhook.Client) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	text, tag, err := answer.Tagged(client.GetSubscription(ctx, id))
	if err != nil {
		return err
	}
	var now map[string]any
	if err := json.Unmarshal(text, &now); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if now["updated_at"] != c.current["updated_at"] {
		return errors.New("was changed by someone else since the plan was made; run the command again")
	}
	body, err := jsondata.Marshal(c.body)
	if err != nil {
		return err
	}
	params := &switchhook.UpdateSubscriptionParams{}
	if tag != "" {
		params.IfMatch = &tag
	}
	_, err = answer.Read(client.UpdateSubscriptionWithBody(ctx, id, params, "application/json", bytes.NewReader(body)))
	return err
}

// located names the line of the file that the gateway refuses.
func (f *File) located(c *Change, err error) error {
	var problem *answer.Error
	if c.declared == nil || !errors.As(err, &problem) || len(problem.Fields()) == 0 {
		return fmt.Errorf("%s: %w", Line(c.String()), err)
	}
	out := &problems{file: f.Name}
	for _, p := range problem.Fields() {
		pointer := c.declared.pointer
		if p.In == switchhook.FieldProblemInBody {
			pointer += p.Field
		}
		out.list = append(out.list, Problem{f.line(pointer), field(pointer), p.Message})
	}
	return out
}
