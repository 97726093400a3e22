-- +goose Up
-- Times are microseconds since 1970, ids 16 bytes. Bodies are kept as bytes.
-- Names, columns and keys are those of the SQLite tree; a test compares them.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE accounts (
    id         BYTEA PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    changes    BIGINT NOT NULL, -- of its subscriptions, so that other nodes see them
    settings   TEXT NOT NULL, -- JSON
    version    BIGINT NOT NULL -- of its settings
);

CREATE TABLE api_keys (
    account_id   BYTEA NOT NULL,
    id           BYTEA NOT NULL,
    name         TEXT NOT NULL,
    client_id    TEXT, -- of an OAuth client
    scopes       TEXT NOT NULL, -- JSON array
    operator     BOOLEAN NOT NULL,
    hash         BYTEA NOT NULL UNIQUE, -- SHA-256 of the token
    hint         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT, -- to the minute
    replaced_by  BYTEA, -- the key that took its place
    PRIMARY KEY (account_id, id)
);
-- A client id is free again when its key is revoked or replaced.
CREATE UNIQUE INDEX api_keys_client_id ON api_keys (account_id, client_id) WHERE client_id IS NOT NULL AND revoked_at IS NULL AND replaced_by IS NULL;

-- Who changed what.
CREATE TABLE audit_log (
    account_id    BYTEA NOT NULL,
    id            BYTEA NOT NULL,
    at            BIGINT NOT NULL,
    key_id        BYTEA, -- whose request it was; NULL: no API key's
    key_name      TEXT NOT NULL,
    operator      BOOLEAN NOT NULL,
    portal        BOOLEAN NOT NULL,
    action        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id   TEXT NOT NULL,
    before        BYTEA, -- JSON without secrets; NULL: nothing was there
    after         BYTEA, -- JSON without secrets; NULL: nothing is there
    request_id    TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX audit_log_at ON audit_log (at);

CREATE TABLE subscription_numbers (
    account_id BYTEA NOT NULL,
    provider   TEXT NOT NULL,
    last       BIGINT NOT NULL,
    PRIMARY KEY (account_id, provider)
);

CREATE TABLE subscriptions (
    account_id      BYTEA NOT NULL,
    id              BYTEA NOT NULL,
    provider        TEXT NOT NULL,
    namespace       TEXT NOT NULL,
    external_id     TEXT NOT NULL,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    event_types     TEXT NOT NULL, -- JSON array
    filters         TEXT NOT NULL, -- JSON array
    filters_key     TEXT NOT NULL,
    sealed          BYTEA NOT NULL, -- encrypted JSON: secret, headers, settings
    enabled         BOOLEAN NOT NULL,
    disabled_reason TEXT NOT NULL, -- the engine's
    owner_reason    TEXT NOT NULL, -- why its owner disabled it
    failing_since   BIGINT,
    last_error      TEXT NOT NULL,
    last_error_at   BIGINT,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX subscriptions_external_id ON subscriptions (account_id, provider, external_id);
CREATE INDEX subscriptions_owner ON subscriptions (account_id, provider, namespace, name);

CREATE TABLE nodes (
    id           BYTEA PRIMARY KEY,
    name         TEXT NOT NULL,
    started_at   BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL
);

CREATE TABLE events (
    account_id  BYTEA NOT NULL,
    key         BYTEA NOT NULL,
    type        TEXT NOT NULL,
    source      TEXT NOT NULL,
    id          TEXT NOT NULL,
    dedupe_key  BYTEA, -- start of id, hash of source and id; NULL where the id was generated
    attributes  BYTEA NOT NULL, -- JSON: the other attributes
    data        BYTEA, -- as published
    traceparent TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE UNIQUE INDEX events_dedupe ON events (account_id, dedupe_key) WHERE dedupe_key IS NOT NULL;

-- Events of which some delivery is not recorded yet.
CREATE TABLE pending_events (
    account_id BYTEA NOT NULL,
    event_key  BYTEA NOT NULL,
    node_id    BYTEA, -- who delivers it; NULL: whoever takes it
    due_at     BIGINT, -- when it may be taken; NULL: now
    PRIMARY KEY (account_id, event_key)
);
CREATE INDEX pending_events_free ON pending_events (event_key) WHERE node_id IS NULL AND due_at IS NULL;
CREATE INDEX pending_events_due ON pending_events (due_at, account_id) WHERE due_at IS NOT NULL;

-- Types of events that accounts describe themselves.
CREATE TABLE event_types (
    account_id  BYTEA NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    schema      BYTEA, -- JSON Schema, as JSON
    example     BYTEA, -- JSON
    deprecated  BOOLEAN NOT NULL,
    revision    BYTEA NOT NULL, -- another one after every change
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- Answers that are given again to repeated requests.
CREATE TABLE idempotency_keys (
    account_id  BYTEA NOT NULL,
    hash        BYTEA NOT NULL, -- of the caller and its Idempotency-Key
    fingerprint BYTEA NOT NULL, -- of the request
    token       BYTEA NOT NULL, -- of the one request that runs under it
    status      BIGINT NOT NULL, -- of the answer; 0: the request runs
    sealed      BYTEA, -- encrypted JSON: the answer; NULL where it was too large to keep
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, hash)
);
CREATE INDEX idempotency_keys_expires ON idempotency_keys (expires_at);

CREATE TABLE deliveries (
    account_id               BYTEA NOT NULL,
    id                       BYTEA NOT NULL,
    event_key                BYTEA NOT NULL,
    subscription_id          BYTEA NOT NULL,
    provider                 TEXT NOT NULL,
    event_type               TEXT NOT NULL,
    verbatim                 BOOLEAN NOT NULL,
    status                   BIGINT NOT NULL,
    attempt_count            BIGINT NOT NULL,
    first_attempt_at         BIGINT,
    due_at                   BIGINT, -- when it may be claimed; NULL: held, claimed or final
    node_id                  BYTEA, -- who has claimed it
    held                     BOOLEAN NOT NULL, -- waits until its subscription takes more
    lease                    BIGINT NOT NULL, -- counts its claims: an outcome is of one of them
    created_at               BIGINT NOT NULL,
    updated_at               BIGINT NOT NULL,
    -- The attempt of number 1 where it succeeded: it has no row in attempts.
    attempt_started_at       BIGINT,
    attempt_duration         BIGINT, -- microseconds
    attempt_response_status  BIGINT,
    attempt_response_headers BYTEA, -- JSON
    attempt_response_body    BYTEA, -- its start
    attempt_trace_id         TEXT,
    attempt_sent             BYTEA, -- how the request went out; see delivery.Sent
    PRIMARY KEY (account_id, id)
);
CREATE INDEX deliveries_subscription ON deliveries (account_id, subscription_id, id);
-- What is not final is in one of these; they hold the account for counting.
CREATE INDEX deliveries_due ON deliveries (due_at, account_id) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_claimed ON deliveries (node_id, account_id) WHERE node_id IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries (account_id, subscription_id, id) WHERE held = TRUE;

-- Jobs that make deliveries of stored events again.
CREATE TABLE replays (
    account_id      BYTEA NOT NULL,
    id              BYTEA NOT NULL,
    subscription_id BYTEA, -- NULL: every one that matches
    from_ms         BIGINT NOT NULL, -- milliseconds, as in the ids of events
    to_ms           BIGINT NOT NULL,
    selection       TEXT NOT NULL,
    event_types     TEXT NOT NULL, -- JSON array of patterns
    per_second      BIGINT NOT NULL, -- 0: no bound
    status          TEXT NOT NULL,
    reason          TEXT NOT NULL, -- why it paused by itself
    node_id         BYTEA, -- who works it
    cursor          BYTEA NOT NULL, -- key of the last event that was looked at
    total           BIGINT NOT NULL,
    done            BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    failed          BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX replays_running ON replays (id) WHERE status = 'running';
CREATE INDEX replays_ended ON replays (updated_at) WHERE status IN ('done', 'cancelled');

-- Deliveries that were cancelled while a node had them, until it knows.
CREATE TABLE cancellations (
    account_id  BYTEA NOT NULL,
    delivery_id BYTEA NOT NULL,
    node_id     BYTEA NOT NULL,
    lease       BIGINT NOT NULL, -- of the claim that is void
    PRIMARY KEY (account_id, delivery_id)
);

-- What was published and delivered, counted by each node.
CREATE TABLE statistics (
    account_id      BYTEA NOT NULL, -- zero: the sums over all accounts
    minute          BIGINT NOT NULL, -- since 1970
    node_id         BYTEA NOT NULL,
    published       BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    delivered       BIGINT NOT NULL,
    dead            BIGINT NOT NULL,
    failed_attempts BIGINT NOT NULL,
    backlog         BIGINT NOT NULL, -- the most that waited
    latency         BYTEA, -- a histogram; see core/statistics
    PRIMARY KEY (account_id, minute, node_id)
);
CREATE INDEX statistics_minute ON statistics (minute);

-- Spans of sampled traces: one row for those that were written together.
CREATE TABLE trace_spans (
    account_id BYTEA NOT NULL, -- zero: of no account
    trace_id   BYTEA NOT NULL,
    id         BYTEA NOT NULL,
    at         BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    name       TEXT NOT NULL, -- of the span that started first
    spans      BIGINT NOT NULL,
    errors     BIGINT NOT NULL,
    services   TEXT NOT NULL, -- JSON array
    event_key  BYTEA, -- of an event that they publish
    size       BIGINT NOT NULL, -- of data
    data       BYTEA NOT NULL, -- JSON; see core/tracestore
    PRIMARY KEY (account_id, trace_id, id)
);
CREATE INDEX trace_spans_at ON trace_spans (at, size);

CREATE TABLE attempts (
    account_id       BYTEA NOT NULL,
    delivery_id      BYTEA NOT NULL,
    number           BIGINT NOT NULL,
    started_at       BIGINT NOT NULL,
    duration         BIGINT NOT NULL, -- microseconds
    response_status  BIGINT NOT NULL, -- 0: none came
    response_headers BYTEA, -- JSON
    response_body    BYTEA, -- its start
    error            TEXT NOT NULL,
    trace_id         TEXT NOT NULL,
    sent             BYTEA, -- how the request went out; see delivery.Sent
    PRIMARY KEY (account_id, delivery_id, number)
);

-- +goose Down
DROP TABLE attempts;
DROP TABLE trace_spans;
DROP TABLE statistics;
DROP TABLE cancellations;
DROP TABLE replays;
DROP TABLE deliveries;
DROP TABLE idempotency_keys;
DROP TABLE event_types;
DROP TABLE pending_events;
DROP TABLE events;
DROP TABLE nodes;
DROP TABLE subscriptions;
DROP TABLE subscription_numbers;
DROP TABLE audit_log;
DROP TABLE api_keys;
DROP TABLE accounts;
DROP TABLE meta;
