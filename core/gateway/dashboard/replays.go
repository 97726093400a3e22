package dashboard

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

type replaysPage struct {
	Items       []switchhook.Replay
	Names       map[uuid.UUID]string
	Next, First string
}

func (v *visit) replays() error {
	list, err := v.api.ListReplaysWithResponse(v, nil, v.query("cursor"))
	if err != nil {
		return err
	}
	out := replaysPage{Items: list.JSON200.Items, Names: v.names()}
	out.Next, out.First = v.pages(list.JSON200.NextCursor)
	return v.render("replays", "replays", "Replays", out)
}

// replayForm makes a replay, or counts what it would do.
type replayForm struct {
	Form
	Subscriptions map[uuid.UUID]string
	Preview       *switchhook.ReplayPreview
}

func (v *visit) newReplay() error {
	f := newForm(v.r.URL.Query())
	if f.Get("from") == "" {
		f.Values.Set("from", v.d.cfg.Now().UTC().Add(-24*time.Hour).Format("2006-01-02T15:04"))
	}
	if f.Get("statuses") == "" {
		f.Values.Set("statuses", "failed")
	}
	return v.render("replay-new", "replays", "New replay", replayForm{Form: f, Subscriptions: v.names()})
}

func (v *visit) createReplay() error {
	f, err := v.posted()
	if err != nil {
		return err
	}
	out := replayForm{Form: f, Subscriptions: v.names()}
	body := readReplay(f)
	dry := f.Get("do") != "start"
	body.DryRun = &dry
	if !f.ok() {
		return v.render("replay-new", "replays", "New replay", out)
	}
	var editors []switchhook.RequestEditorFn
	if !dry {
		editors = append(editors, f.doneOnce())
	}
	got, err := v.api.CreateReplayWithResponse(v, body, editors...)
	if err != nil {
		if err = out.take(err); err != nil {
			return err
		}
		return v.render("replay-new", "replays", "New replay", out)
	}
	if got.JSON202 != nil {
		return v.redirect(Path+"/replays/"+got.JSON202.ID.String(), "replay-made")
	}
	out.Preview = got.JSON200
	return v.render("replay-new", "replays", "New replay", out)
}

// readReplay reads the form; what it cannot read it notes there.
func readReplay(f Form) switchhook.NewReplay {
	var body switchhook.NewReplay
	known(f, "from", "to", "statuses", "event_types", "rate_per_second", "subscription_id")
	from, err := readTime(f.text("from"))
	if err != nil {
		f.wrong("from", "Write a date and a time, such as 2026-11-22T09:00, in UTC.")
	}
	body.From, body.Statuses = from, switchhook.ReplaySelection(f.Get("statuses"))
	if text := f.text("to"); text != "" {
		to, err := readTime(text)
		if err != nil {
			f.wrong("to", "Write a date and a time, such as 2026-11-22T10:00, in UTC, or leave it empty.")
		}
		body.To = &to
	}
	if types := f.list("event_types"); len(types) > 0 {
		body.EventTypes = &types
	}
	body.RatePerSecond = f.integer("rate_per_second")
	if text := f.text("subscription_id"); text != "" {
		id, err := uuid.Parse(text)
		if err != nil {
			f.wrong("subscription_id", "Choose one of the list.")
		}
		body.SubscriptionID = &id
	}
	return body
}

// integer reads a whole number; nil if the field is empty or has another text, which
// is noted.
func (f Form) integer(name string) *int {
	text := f.text(name)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		f.wrong(name, "Write a whole number, or leave it empty.")
		return nil
	}
	return &n
}

// decimal reads a number likewise.
func (f Form) decimal(name string) *float64 {
	text := f.text(name)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		f.wrong(name, "Write a number such as 2.5, or leave it empty.")
		return nil
	}
	return &n
}

type replayPage struct {
	switchhook.Replay
	Name string
	// Percent of the events that were looked at, as an attribute of SVG.
	Percent    string
	Share      int
	Open       bool
	Self, Once string
}

func (v *visit) replay() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	got, err := v.api.GetReplayWithResponse(v, id)
	if err != nil {
		return err
	}
	out := replayPage{Replay: *got.JSON200, Self: v.r.URL.Path, Once: once()}
	out.Open = out.Status == switchhook.ReplayStatusRunning
	share := 1.0
	if out.Total > 0 {
		share = float64(out.Done) / float64(out.Total)
	} else if out.Open {
		share = 0
	}
	out.Percent, out.Share = percent(share), int(100*min(share, 1))
	if out.SubscriptionID != nil {
		out.Name = v.names()[*out.SubscriptionID]
	}
	return v.render("replay", "replays", "Replay "+string(out.Status), out)
}

func (v *visit) pauseReplay() error {
	return v.act("/replays/", "paused", func(id uuid.UUID, once switchhook.RequestEditorFn) error {
		_, err := v.api.PauseReplayWithResponse(v, id, once)
		return err
	})
}

func (v *visit) resumeReplay() error {
	return v.act("/replays/", "resumed", func(id uuid.UUID, once switchhook.RequestEditorFn) error {
		_, err := v.api.ResumeReplayWithResponse(v, id, once)
		return err
	})
}

func (v *visit) cancelReplay() error {
	return v.act("/replays/", "cancelled", func(id uuid.UUID, once switchhook.RequestEditorFn) error {
		_, err := v.api.CancelReplayWithResponse(v, id, once)
		return err
	})
}
