package eventtype_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// shared is a store of one account, which counts what it is asked.
type shared struct {
	mu    sync.Mutex
	types map[string]eventtype.EventType
	reads []string
}

func (s *shared) note(what string) func() {
	s.mu.Lock()
	s.reads = append(s.reads, what)
	return s.mu.Unlock
}

func (s *shared) PutEventTypes(_ context.Context, types []eventtype.EventType, _ eventtype.Condition, _ int) error {
	defer s.note("put")()
	for _, t := range types {
		s.types[t.Name] = t
	}
	return nil
}

func (s *shared) EventType(context.Context, uuid.UUID, string) (*eventtype.EventType, error) {
	panic("is not asked")
}

func (s *shared) EventTypes(_ context.Context, _ uuid.UUID, names []string) ([]eventtype.EventType, error) {
	slices.Sort(names)
	defer s.note(fmt.Sprint("types ", names))()
	var out []eventtype.EventType
	for _, t := range s.types {
		if names == nil || slices.Contains(names, t.Name) {
			out = append(out, t)
		}
	}
	return out, nil
}

func (s *shared) EventTypeRevisions(context.Context, uuid.UUID) ([]eventtype.Revision, error) {
	defer s.note("revisions")()
	var out []eventtype.Revision
	for _, t := range s.types {
		out = append(out, eventtype.Revision{Name: t.Name, Revision: t.Revision})
	}
	return out, nil
}

func (s *shared) DeleteEventType(_ context.Context, _ uuid.UUID, name string, _ eventtype.Condition) error {
	defer s.note("delete")()
	delete(s.types, name)
	return nil
}

func (s *shared) asked() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, s.reads = s.reads, nil
	return out
}

// mode is an account's setting.
type mode struct{ account.EventValidation }

func (m *mode) Settings(context.Context, uuid.UUID) (account.Settings, error) {
	return account.Settings{EventValidation: m.EventValidation}, nil
}

func TestValidateByTheAccountsSetting(t *testing.T) {
	t.Parallel()
	store, setting := &shared{types: map[string]eventtype.EventType{}}, &mode{}
	s := eventtype.NewService(store, setting, time.Now)
	acc := uuid.New()
	for _, name := range []string{"a", "plain"} {
		ty := eventtype.EventType{AccountID: acc, Name: name}
		if name == "a" {
			ty.Schema = []byte(`{"type":"object","required":["x"]}`)
		}
		_, _, err := s.Put(t.Context(), ty, eventtype.Condition{})
		require.NoError(t, err)
	}
	store.asked()
	event := func(typ, contentType, data string) *sdk.Event {
		return &sdk.Event{Type: typ, DataContentType: contentType, Data: []byte(data)}
	}
	for _, m := range []account.EventValidation{"", account.ValidationOff} {
		setting.EventValidation = m
		warnings, err := s.Validate(t.Context(), acc, event("a", "", "{}"))
		require.NoError(t, err)
		require.Empty(t, warnings)
	}
	require.Empty(t, store.asked(), "what is not checked costs nothing")
	for name, test := range map[string]struct {
		event   *sdk.Event
		field   string
		message string
	}{
		"fits":           {event("a", "application/json", `{"x":1}`), "", ""},
		"without schema": {event("plain", "", `1`), "", ""},
		"unknown":        {event("b", "", `1`), "", ""},
		"does not":       {event("a", "", `{"y":1}`), "/data", "missing property 'x'"},
		"no JSON":        {event("a", "text/plain", "x"), "/data", "must be JSON"},
		"no data":        {event("a", "", ""), "/data", "is required"},
	} {
		setting.EventValidation = account.ValidationWarn
		warnings, err := s.Validate(t.Context(), acc, test.event)
		require.NoError(t, err, name)
		setting.EventValidation = account.ValidationRefuse
		none, err := s.Validate(t.Context(), acc, test.event)
		require.Empty(t, none, name)
		if test.message == "" {
			require.NoError(t, err, name)
			require.Empty(t, warnings, name)
			continue
		}
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
		require.Equal(t, warnings, sdk.AsError(err).Fields, name)
		require.Equal(t, test.field, warnings[0].Field, name)
		require.Contains(t, warnings[0].Message, test.message, name)
	}
}

func TestOtherNodesSeeChangesWithinASecond(t *testing.T) {
	t.Parallel()
	store, setting := &shared{types: map[string]eventtype.EventType{}}, &mode{account.ValidationRefuse}
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	here, there := eventtype.NewService(store, setting, clock), eventtype.NewService(store, setting, clock)
	acc := uuid.New()
	valid := func(s *eventtype.Service) bool {
		_, err := s.Validate(t.Context(), acc, &sdk.Event{Type: "a", Data: []byte("1")})
		return err == nil
	}
	put := func(name, schema string) {
		_, _, err := here.Put(t.Context(), eventtype.EventType{AccountID: acc, Name: name, Schema: []byte(schema)}, eventtype.Condition{})
		require.NoError(t, err)
	}
	put("b", "true")
	require.True(t, valid(here))
	require.True(t, valid(there))
	put("a", `{"type":"string"}`)
	require.False(t, valid(here), "at once where it was made")
	require.True(t, valid(there), "not yet")
	now = now.Add(time.Second)
	store.asked()
	require.False(t, valid(there))
	require.Equal(t, []string{"revisions", "types [a]"}, store.asked(), "what is known is not read again")
	require.False(t, valid(there))
	require.Empty(t, store.asked(), "nor asked for, for a second")
	require.NoError(t, here.Delete(t.Context(), acc, "a", eventtype.Condition{}))
	require.True(t, valid(here))
	now = now.Add(time.Second)
	require.True(t, valid(there))
}

func TestImport(t *testing.T) {
	t.Parallel()
	store := &shared{types: map[string]eventtype.EventType{}}
	s := eventtype.NewService(store, &mode{}, time.Now)
	acc := uuid.New()
	document := func(schema string) []byte {
		return []byte("openapi: 3.1.0\nwebhooks:\n  a: {post: {requestBody: {content: {application/json: {schema: " + schema + "}}}}}\n" +
			"  b: {post: {}}\n  c: {post: {requestBody: {content: {application/json: {schema: {type: wrong}}}}}}\n")
	}
	dry, err := s.Import(t.Context(), acc, document("true"), true)
	require.NoError(t, err)
	require.Empty(t, store.types, "a dry run changes nothing")
	done, err := s.Import(t.Context(), acc, document("true"), false)
	require.NoError(t, err)
	require.Equal(t, dry, done, "and says what happens")
	require.Equal(t, []string{"a", "b"}, done.Created)
	require.Equal(t, "c", done.Refused[0].Name)
	require.Equal(t, "/schema/type", done.Refused[0].Reasons[0].Field)
	before := store.types["b"]
	done, err = s.Import(t.Context(), acc, document("false"), false)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, done.Updated)
	require.Equal(t, []string{"b"}, done.Unchanged)
	require.Empty(t, done.Created)
	require.Equal(t, before, store.types["b"])
	require.JSONEq(t, "false", string(store.types["a"].Schema))
}
