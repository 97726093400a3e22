package unified

import (
	"context"
	"crypto/sha256"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxBatchFields bounds the answer to a batch of which no event is accepted.
const maxBatchFields = 20

// publishBatch accepts the events of a batch that are valid, and says of each
// other one why it is not. A batch with no valid event at all is an error.
func (s *server) publishBatch(ctx context.Context, accountID uuid.UUID, in *eventbody.Request) ([]event.Accepted, error) {
	readable := in.Events
	if len(in.Refused) > 0 {
		readable = make([]sdk.Event, 0, len(in.Events))
		for i := range in.Events {
			if in.Refused[i] == nil {
				readable = append(readable, in.Events[i])
			}
		}
	}
	answers, err := s.Events.PublishEach(ctx, accountID, readable)
	if err != nil {
		return nil, err
	}
	if len(in.Refused) > 0 {
		answers = withRefused(in, answers)
	}
	var fields []sdk.FieldError
	for i := range answers {
		a := &answers[i]
		for j := range a.Warnings {
			a.Warnings[j] = in.Field(i, a.Warnings[j])
		}
		if a.Err == nil {
			continue
		}
		if in.Refused[i] == nil {
			a.Err = named(in, i, a.Err)
		}
		fields = append(fields, sdk.AsError(a.Err).Fields...)
	}
	if len(answers) > 0 && !slices.ContainsFunc(answers, func(a event.Accepted) bool { return a.Err == nil }) {
		return nil, &sdk.Error{
			Code: sdk.CodeInvalid, Message: "No event of the batch is valid", Fields: fields[:min(len(fields), maxBatchFields)],
		}
	}
	return answers, nil
}

// withRefused puts events that could not be read back in their places.
func withRefused(in *eventbody.Request, answers []event.Accepted) []event.Accepted {
	out := make([]event.Accepted, len(in.Events))
	for i := range out {
		if err := in.Refused[i]; err != nil {
			out[i] = event.Accepted{ID: in.Events[i].ID, Err: err}
			continue
		}
		out[i], answers = answers[0], answers[1:]
	}
	return out
}

// named names the fields of an invalid event as the request had them.
func named(in *eventbody.Request, index int, err error) error {
	if !sdk.IsCode(err, sdk.CodeInvalid) {
		return err
	}
	e := *sdk.AsError(err)
	fields := make([]sdk.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = in.Field(index, f)
	}
	e.Fields = fields
	return &e
}

// nameEvents gives events without an id one that is made from the request, so
// that the same request under the same Idempotency-Key cannot publish them twice,
// even where its first answer was not kept.
func nameEvents(events []sdk.Event, once *idempotency.Request) {
	seed := slices.Concat(once.Key[:], once.Fingerprint[:])
	for i := range events {
		if events[i].ID == "" {
			events[i].ID = uuid.NewHash(sha256.New(), uuid.Nil, strconv.AppendInt(seed, int64(i), 10), 8).String()
		}
	}
}
