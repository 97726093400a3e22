package unified

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// CreateReplay starts a replay, or counts what it would make.
func (s *server) CreateReplay(ctx context.Context, req switchhook.CreateReplayRequestObject) (switchhook.CreateReplayResponseObject, error) {
	spec := replay.Spec{
		AccountID: principal(ctx).AccountID, SubscriptionID: value(req.Body.SubscriptionID), From: req.Body.From, To: value(req.Body.To),
		Select: replay.Selection(req.Body.Statuses), EventTypes: value(req.Body.EventTypes), PerSecond: value(req.Body.RatePerSecond),
	}
	if value(req.Body.DryRun) {
		p, err := s.Replays.Preview(ctx, spec)
		if err != nil {
			return nil, err
		}
		return switchhook.CreateReplay200JSONResponse(previewOut(p)), nil
	}
	r, err := s.Replays.Create(ctx, spec)
	if err != nil {
		return nil, err
	}
	return switchhook.CreateReplay202JSONResponse(replayOut(r)), nil
}

// ListReplays lists the account's replays.
func (s *server) ListReplays(ctx context.Context, req switchhook.ListReplaysRequestObject) (switchhook.ListReplaysResponseObject, error) {
	p, err := newPage(req.Params.Limit, req.Params.Cursor)
	if err != nil {
		return nil, err
	}
	replays, err := s.Replays.List(ctx, replay.Query{AccountID: principal(ctx).AccountID, Before: p.last, Limit: p.fetch()})
	if err != nil {
		return nil, err
	}
	replays, next := cut(p, replays, func(r *replay.Replay) uuid.UUID { return r.ID })
	items := make([]switchhook.Replay, len(replays))
	for i := range replays {
		items[i] = replayOut(&replays[i])
	}
	return switchhook.ListReplays200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetReplay reads a replay with its progress.
func (s *server) GetReplay(ctx context.Context, req switchhook.GetReplayRequestObject) (switchhook.GetReplayResponseObject, error) {
	r, err := s.Replays.Get(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.GetReplay200JSONResponse(replayOut(r)), nil
}

// PauseReplay stops a replay for a while.
func (s *server) PauseReplay(ctx context.Context, req switchhook.PauseReplayRequestObject) (switchhook.PauseReplayResponseObject, error) {
	r, err := s.Replays.Pause(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.PauseReplay200JSONResponse(replayOut(r)), nil
}

// ResumeReplay has a replay go on.
func (s *server) ResumeReplay(ctx context.Context, req switchhook.ResumeReplayRequestObject) (switchhook.ResumeReplayResponseObject, error) {
	r, err := s.Replays.Resume(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.ResumeReplay200JSONResponse(replayOut(r)), nil
}

// CancelReplay ends a replay.
func (s *server) CancelReplay(ctx context.Context, req switchhook.CancelReplayRequestObject) (switchhook.CancelReplayResponseObject, error) {
	r, err := s.Replays.Cancel(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.CancelReplay200JSONResponse(replayOut(r)), nil
}

func replayOut(r *replay.Replay) switchhook.Replay {
	return switchhook.Replay{
		ID: r.ID, SubscriptionID: optional(r.SubscriptionID), From: r.From, To: r.To, Statuses: switchhook.ReplaySelection(r.Select),
		EventTypes: append([]string{}, r.EventTypes...), RatePerSecond: optional(r.PerSecond), Status: switchhook.ReplayStatus(r.Status),
		Reason: optional(r.Reason), Total: r.Total, Done: r.Done, Created: r.Created, Failed: r.Failed,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

func previewOut(p *replay.Preview) switchhook.ReplayPreview {
	return switchhook.ReplayPreview{
		DryRun: true, SubscriptionID: optional(p.SubscriptionID), From: p.From, To: p.To, Statuses: switchhook.ReplaySelection(p.Select),
		EventTypes: append([]string{}, p.EventTypes...), Total: p.Total, Done: p.Done, Created: p.Created, Failed: p.Failed, Complete: p.Complete,
	}
}
