-- The inbox: at most one notification of a kind for one event.
CREATE TABLE notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    job_id INTEGER,
    prompt_id INTEGER,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    read INTEGER NOT NULL DEFAULT 0,
    UNIQUE (event_id, kind)
);
CREATE INDEX notification_unread ON notification (kind, job_id) WHERE read = 0;

-- What a channel outside has not got yet: `waiting`, `sending` or `failed`, and how often it was tried. A row goes when
-- it was sent.
CREATE TABLE delivery (
    channel TEXT NOT NULL,
    notification_id INTEGER NOT NULL REFERENCES notification (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'waiting',
    error TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, notification_id)
) WITHOUT ROWID;
CREATE INDEX delivery_of_notification ON delivery (notification_id);

-- The newest event that was looked at; an older home begins with its last.
CREATE TABLE notifier (id INTEGER PRIMARY KEY CHECK (id = 1), seen INTEGER NOT NULL);
INSERT INTO notifier (id, seen) SELECT 1, coalesce(max(id), 0) FROM event;

-- Deaths of the process are counted by `prompt.crashes`.
ALTER TABLE phase DROP COLUMN crashes;

-- What ended in a span of time.
CREATE INDEX prompt_finished ON prompt (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
