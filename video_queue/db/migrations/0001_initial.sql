-- Workflow snapshots and graphs, each stored once for its content hash.
CREATE TABLE document (
    hash TEXT PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    workflow TEXT NOT NULL,
    workflow_hash TEXT NOT NULL REFERENCES document (hash),
    state TEXT NOT NULL DEFAULT 'queued',
    held_reason TEXT,
    priority INTEGER NOT NULL,
    position REAL NOT NULL,
    submission TEXT NOT NULL,
    params TEXT NOT NULL,
    resolution TEXT,
    output_dir TEXT NOT NULL,
    dedupe_key TEXT,
    idempotency_key TEXT UNIQUE,
    tags TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    rating INTEGER,
    not_before REAL,
    -- unfinished jobs this one comes after; it is claimable at 0
    blocked INTEGER NOT NULL DEFAULT 0,
    -- 1 while its inputs are another job's outputs and it has no prompts yet
    unexpanded INTEGER NOT NULL DEFAULT 0,
    -- 1 when some phase renders on the GPU: its preparation is then kept a few prompts ahead, no more
    uses_gpu INTEGER NOT NULL DEFAULT 0,
    failures_in_row INTEGER NOT NULL DEFAULT 0,
    queued INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    review INTEGER NOT NULL DEFAULT 0,
    succeeded INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    error TEXT,
    parent_id INTEGER,
    submitted_by TEXT NOT NULL
);
CREATE INDEX job_open ON job (priority DESC, position, id) WHERE state IN ('queued', 'running', 'review');
CREATE INDEX job_dedupe ON job (dedupe_key) WHERE state IN ('queued', 'running', 'review');
CREATE INDEX job_state ON job (state, id);

CREATE TABLE job_dependency (
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    after_id INTEGER NOT NULL,
    PRIMARY KEY (after_id, job_id)
) WITHOUT ROWID;

CREATE TABLE prompt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    idx INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    -- the lane its next phase occupies
    lane TEXT NOT NULL,
    -- whether the worker has it in hand: 0 no, 1 taken from the queue, 2 taken on between two phases
    claimed INTEGER NOT NULL DEFAULT 0,
    held_reason TEXT,
    not_before REAL,
    plan TEXT NOT NULL,
    seed TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    phase_seq INTEGER NOT NULL DEFAULT 0,
    cancel_reason TEXT,
    waiting_reason TEXT,
    waiting_since TEXT,
    message TEXT,
    error TEXT,
    skipped INTEGER NOT NULL DEFAULT 0,
    rating INTEGER,
    tags TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    log_path TEXT,
    started_at TEXT,
    finished_at TEXT
);
CREATE UNIQUE INDEX prompt_of_job ON prompt (job_id, idx);
CREATE INDEX prompt_ready ON prompt (job_id, lane, state DESC, idx)
    WHERE claimed = 0 AND held_reason IS NULL AND state IN ('queued', 'running');
CREATE INDEX prompt_active ON prompt (state, lane) WHERE state = 'running';

CREATE TABLE phase (
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL DEFAULT 0,
    progress REAL NOT NULL DEFAULT 0,
    seconds REAL,
    started_at TEXT,
    finished_at TEXT,
    arguments TEXT,
    result TEXT,
    items_total INTEGER,
    PRIMARY KEY (prompt_id, seq)
) WITHOUT ROWID;

-- One row for each unit of work inside a phase: the items of `for_each` (from 1), or item 0 of a plain comfy phase.
CREATE TABLE item (
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    item INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL DEFAULT 0,
    remote_id TEXT,
    remote TEXT,
    result TEXT,
    PRIMARY KEY (prompt_id, seq, item)
) WITHOUT ROWID;

CREATE TABLE artifact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) ON DELETE CASCADE,
    phase TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    frames INTEGER,
    fps REAL,
    duration REAL,
    sha256 TEXT
);
CREATE INDEX artifact_of_prompt ON artifact (prompt_id);
CREATE INDEX artifact_of_job ON artifact (job_id, role);

-- The intent to publish: committed before a final name is taken, rolled forward after a crash.
CREATE TABLE publication (
    prompt_id INTEGER PRIMARY KEY REFERENCES prompt (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    intent TEXT NOT NULL
);

-- Children that live now; what a crash leaves here is ended at the next start if it still matches.
CREATE TABLE child (
    pid INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    command TEXT NOT NULL,
    prompt_id INTEGER
);

CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    job_id INTEGER,
    prompt_id INTEGER,
    data TEXT NOT NULL
);
CREATE INDEX event_of_job ON event (job_id, id) WHERE job_id IS NOT NULL;

-- Counts by state, kept in the transaction that changes a state.
CREATE TABLE tally (
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (scope, state)
) WITHOUT ROWID;

CREATE TABLE queue (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL,
    reason TEXT,
    until REAL
);
INSERT INTO queue (id, state) VALUES (1, 'running');

CREATE TABLE lane (
    name TEXT NOT NULL,
    instance TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'running',
    reason TEXT,
    since TEXT,
    -- what stands behind the lane, as JSON: for the GPU the ComfyUI that was found (url, version, ...)
    detail TEXT,
    PRIMARY KEY (name, instance)
) WITHOUT ROWID;
INSERT INTO lane (name, instance) VALUES ('gpu', 'comfy'), ('media', 'local');
