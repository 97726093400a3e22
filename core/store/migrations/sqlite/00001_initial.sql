-- +goose Up
-- Times are microseconds since 1970, ids 16 bytes. Bodies are kept as bytes.
-- Names, columns and keys are those of the Postgres tree; a test compares them.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE accounts (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    changes    INTEGER NOT NULL, -- of its subscriptions, so that other nodes see them
    settings   TEXT NOT NULL, -- JSON
    version    INTEGER NOT NULL -- of its settings
);

CREATE TABLE api_keys (
    account_id   BLOB NOT NULL,
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    client_id    TEXT, -- of an OAuth client
    scopes       TEXT NOT NULL, -- JSON array
    operator     BOOLEAN NOT NULL,
    hash         BLOB NOT NULL UNIQUE, -- SHA-256 of the token
    hint         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER, -- to the minute
    replaced_by  BLOB, -- the key that took its place
    PRIMARY KEY (account_id, id)
);
-- A client id is free again when its key is revoked or replaced.
CREATE UNIQUE INDEX api_keys_client_id ON api_keys (account_id, client_id) WHERE client_id IS NOT NULL AND revoked_at IS NULL AND replaced_by IS NULL;

-- Who changed what.
CREATE TABLE audit_log (
    account_id    BLOB NOT NULL,
    id            BLOB NOT NULL,
    at            INTEGER NOT NULL,
    key_id        BLOB, -- whose request it was; NULL: no API key's
    key_name      TEXT NOT NULL,
    operator      BOOLEAN NOT NULL,
    portal        BOOLEAN NOT NULL,
    action        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id   TEXT NOT NULL,
    before        BLOB, -- JSON without secrets; NULL: nothing was there
    after         BLOB, -- JSON without secrets; NULL: nothing is there
    request_id    TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE INDEX audit_log_at ON audit_log (at);

CREATE TABLE subscription_numbers (
    account_id BLOB NOT NULL,
    provider   TEXT NOT NULL,
    last       INTEGER NOT NULL,
    PRIMARY KEY (account_id, provider)
);

CREATE TABLE subscriptions (
    account_id      BLOB NOT NULL,
    id              BLOB NOT NULL,
    provider        TEXT NOT NULL,
    namespace       TEXT NOT NULL,
    external_id     TEXT NOT NULL,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    event_types     TEXT NOT NULL, -- JSON array
    filters         TEXT NOT NULL, -- JSON array
    filters_key     TEXT NOT NULL,
    sealed          BLOB NOT NULL, -- encrypted JSON: secret, headers, settings
    enabled         BOOLEAN NOT NULL,
    disabled_reason TEXT NOT NULL, -- the engine's
    owner_reason    TEXT NOT NULL, -- why its owner disabled it
    failing_since   INTEGER,
    last_error      TEXT NOT NULL,
    last_error_at   INTEGER,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX subscriptions_external_id ON subscriptions (account_id, provider, external_id);
CREATE INDEX subscriptions_owner ON subscriptions (account_id, provider, namespace, name);

CREATE TABLE nodes (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL
);

CREATE TABLE events (
    account_id  BLOB NOT NULL,
    key         BLOB NOT NULL,
    type        TEXT NOT NULL,
    source      TEXT NOT NULL,
    id          TEXT NOT NULL,
    dedupe_key  BLOB, -- start of id, hash of source and id; NULL where the id was generated
    attributes  BLOB NOT NULL, -- JSON: the other attributes
    data        BLOB, -- as published
    traceparent TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE UNIQUE INDEX events_dedupe ON events (account_id, dedupe_key) WHERE dedupe_key IS NOT NULL;

-- Events of which some delivery is not recorded yet.
CREATE TABLE pending_events (
    account_id BLOB NOT NULL,
    event_key  BLOB NOT NULL,
    node_id    BLOB, -- who delivers it; NULL: whoever takes it
    due_at     INTEGER, -- when it may be taken; NULL: now
    PRIMARY KEY (account_id, event_key)
) WITHOUT ROWID;
CREATE INDEX pending_events_free ON pending_events (event_key) WHERE node_id IS NULL AND due_at IS NULL;
CREATE INDEX pending_events_due ON pending_events (due_at, account_id) WHERE due_at IS NOT NULL;

-- Types of events that accounts describe themselves.
CREATE TABLE event_types (
    account_id  BLOB NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    schema      BLOB, -- JSON Schema, as JSON
    example     BLOB, -- JSON
    deprecated  BOOLEAN NOT NULL,
    revision    BLOB NOT NULL, -- another one after every change
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) WITHOUT ROWID;

-- Answers that are given again to repeated requests.
CREATE TABLE idempotency_keys (
    account_id  BLOB NOT NULL,
    hash        BLOB NOT NULL, -- of the caller and its Idempotency-Key
    fingerprint BLOB NOT NULL, -- of the request
    token       BLOB NOT NULL, -- of the one request that runs under it
    status      INTEGER NOT NULL, -- of the answer; 0: the request runs
    sealed      BLOB, -- encrypted JSON: the answer; NULL where it was too large to keep
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, hash)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_expires ON idempotency_keys (expires_at);

CREATE TABLE deliveries (
    account_id               BLOB NOT NULL,
    id                       BLOB NOT NULL,
    event_key                BLOB NOT NULL,
    subscription_id          BLOB NOT NULL,
    provider                 TEXT NOT NULL,
    event_type               TEXT NOT NULL,
    verbatim                 BOOLEAN NOT NULL,
    status                   INTEGER NOT NULL,
    attempt_count            INTEGER NOT NULL,
    first_attempt_at         INTEGER,
    due_at                   INTEGER, -- when it may be claimed; NULL: held, claimed or final
    node_id                  BLOB, -- who has claimed it
    held                     BOOLEAN NOT NULL, -- waits until its subscription takes more
    lease                    INTEGER NOT NULL, -- counts its claims: an outcome is of one of them
    created_at               INTEGER NOT NULL,
    updated_at               INTEGER NOT NULL,
    -- The attempt of number 1 where it succeeded: it has no row in attempts.
    attempt_started_at       INTEGER,
    attempt_duration         INTEGER, -- microseconds
    attempt_response_status  INTEGER,
    attempt_response_headers BLOB, -- JSON
    attempt_response_body    BLOB, -- its start
    attempt_trace_id         TEXT,
    attempt_sent             BLOB, -- how the request went out; see delivery.Sent
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE INDEX deliveries_subscription ON deliveries (account_id, subscription_id, id);
-- What is not final is in one of these; they hold the account for counting.
CREATE INDEX deliveries_due ON deliveries (due_at, account_id) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_claimed ON deliveries (node_id, account_id) WHERE node_id IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries (account_id, subscription_id, id) WHERE held = TRUE;

-- Jobs that make deliveries of stored events again.
CREATE TABLE replays (
    account_id      BLOB NOT NULL,
    id              BLOB NOT NULL,
    subscription_id BLOB, -- NULL: every one that matches
    from_ms         INTEGER NOT NULL, -- milliseconds, as in the ids of events
    to_ms           INTEGER NOT NULL,
    selection       TEXT NOT NULL,
    event_types     TEXT NOT NULL, -- JSON array of patterns
    per_second      INTEGER NOT NULL, -- 0: no bound
    status          TEXT NOT NULL,
    reason          TEXT NOT NULL, -- why it paused by itself
    node_id         BLOB, -- who works it
    cursor          BLOB NOT NULL, -- key of the last event that was looked at
    total           INTEGER NOT NULL,
    done            INTEGER NOT NULL,
    created         INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE INDEX replays_running ON replays (id) WHERE status = 'running';
CREATE INDEX replays_ended ON replays (updated_at) WHERE status IN ('done', 'cancelled');

-- Deliveries that were cancelled while a node had them, until it knows.
CREATE TABLE cancellations (
    account_id  BLOB NOT NULL,
    delivery_id BLOB NOT NULL,
    node_id     BLOB NOT NULL,
    lease       INTEGER NOT NULL, -- of the claim that is void
    PRIMARY KEY (account_id, delivery_id)
) WITHOUT ROWID;

-- What was published and delivered, counted by each node.
CREATE TABLE statistics (
    account_id      BLOB NOT NULL, -- zero: the sums over all accounts
    minute          INTEGER NOT NULL, -- since 1970
    node_id         BLOB NOT NULL,
    published       INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    delivered       INTEGER NOT NULL,
    dead            INTEGER NOT NULL,
    failed_attempts INTEGER NOT NULL,
    backlog         INTEGER NOT NULL, -- the most that waited
    latency         BLOB, -- a histogram; see core/statistics
    PRIMARY KEY (account_id, minute, node_id)
) WITHOUT ROWID;
CREATE INDEX statistics_minute ON statistics (minute);

-- Spans of sampled traces: one row for those that were written together.
CREATE TABLE trace_spans (
    account_id BLOB NOT NULL, -- zero: of no account
    trace_id   BLOB NOT NULL,
    id         BLOB NOT NULL,
    at         INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    name       TEXT NOT NULL, -- of the span that started first
    spans      INTEGER NOT NULL,
    errors     INTEGER NOT NULL,
    services   TEXT NOT NULL, -- JSON array
    event_key  BLOB, -- of an event that they publish
    size       INTEGER NOT NULL, -- of data
    data       BLOB NOT NULL, -- JSON; see core/tracestore
    PRIMARY KEY (account_id, trace_id, id)
);
CREATE INDEX trace_spans_at ON trace_spans (at, size);

CREATE TABLE attempts (
    account_id       BLOB NOT NULL,
    delivery_id      BLOB NOT NULL,
    number           INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    duration         INTEGER NOT NULL, -- microseconds
    response_status  INTEGER NOT NULL, -- 0: none came
    response_headers BLOB, -- JSON
    response_body    BLOB, -- its start
    error            TEXT NOT NULL,
    trace_id         TEXT NOT NULL,
    sent             BLOB, -- how the request went out; see delivery.Sent
    PRIMARY KEY (account_id, delivery_id, number)
) WITHOUT ROWID;

-- Without figures SQLite takes the primary key's first column for selective
-- enough and reads all deliveries of an account to find a subscription's. These
-- are the proportions of a busy store (rows, then rows for each longer prefix).
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deliveries', 'deliveries', '1000000 100000 1'),
    ('deliveries', 'deliveries_subscription', '1000000 100000 1000 1'),
    ('deliveries', 'deliveries_due', '10000 1 1'),
    ('deliveries', 'deliveries_claimed', '1000 500 100'),
    ('deliveries', 'deliveries_held', '10000 1000 100 1');
ANALYZE sqlite_schema;

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
