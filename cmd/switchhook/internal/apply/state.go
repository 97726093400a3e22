package apply

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// pageSize is the most that the API lists at once.
const pageSize = 100

// State is what an account has of the parts that were read, as the API shows it.
type State struct {
	lists   map[*kind][]map[string]any
	account *settings
}

// Read reads parts of the account that the client's key acts for. Its name or id
// is only needed for its settings, which an operator's key reads.
func Read(ctx context.Context, c *switchhook.Client, account string, parts Parts) (*State, error) {
	s := &State{lists: map[*kind][]map[string]any{}}
	var err error
	if parts.Has(Settings) {
		if s.account, err = readSettings(ctx, c, account); err != nil {
			return nil, fmt.Errorf("settings of the account: %w", err)
		}
	}
	for _, k := range kinds {
		if !parts.Has(k.member) {
			continue
		}
		if s.lists[k], err = k.all(ctx, c); err != nil {
			return nil, fmt.Errorf("%ss of the account: %w", k.one, err)
		}
	}
	return s, nil
}

// all lists the account's things of a kind.
func (k *kind) all(ctx context.Context, c *switchhook.Client) ([]map[string]any, error) {
	all := []map[string]any{}
	for cursor := (*string)(nil); ; {
		body, err := answer.Read(k.page(ctx, c, pageSize, cursor))
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
		for _, item := range page.Items {
			if k.own == nil || k.own(item) {
				all = append(all, item)
			}
		}
		if cursor = page.NextCursor; cursor == nil {
			return all, nil
		}
	}
}

// unchanged returns the ETag of a thing that is still as it was when it was listed.
func unchanged(current map[string]any, get func() (*http.Response, error)) (*string, error) {
	text, tag, err := answer.Tagged(get())
	if err != nil {
		return nil, err
	}
	now, err := answer.Decode[map[string]any](text)
	if err != nil {
		return nil, err
	}
	if now["updated_at"] != current["updated_at"] {
		return nil, errors.New("was changed by someone else since the plan was made; run the command again")
	}
	if tag == "" {
		return nil, nil
	}
	return &tag, nil
}

// gone is the error of a deletion; what is not there any more is deleted.
func gone(_ []byte, err error) error {
	var problem *answer.Error
	if errors.As(err, &problem) && problem.Status == http.StatusNotFound {
		return nil
	}
	return err
}
