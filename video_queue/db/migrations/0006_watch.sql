-- Watched folders. `spec` is what the watch is asked to do (JSON); without `scanned_at` it was never scanned.
CREATE TABLE watch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    state TEXT NOT NULL DEFAULT 'watching',
    reason TEXT,
    -- the mount point that holds the folder: without it the folder is away
    mount TEXT,
    created_at TEXT NOT NULL,
    scanned_at TEXT,
    -- grows with every change of its ledger, so that a scan in which nothing changed need not read it
    revision INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The ledger: every file (run, folder) that a watch has to do with. The row of a file that was taken is written in the
-- transaction that makes its job. `since`: size and time are as they are since then; `due`: considered again then.
CREATE TABLE watch_file (
    watch_id INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    hash TEXT,
    state TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    since REAL NOT NULL,
    due REAL,
    job_id INTEGER REFERENCES job (id) ON DELETE SET NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (watch_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_file_state ON watch_file (watch_id, state, due);
CREATE INDEX watch_file_job ON watch_file (job_id) WHERE job_id IS NOT NULL;
CREATE TRIGGER watch_file_insert AFTER INSERT ON watch_file BEGIN
    UPDATE watch SET revision = revision + 1 WHERE id = NEW.watch_id;
END;
CREATE TRIGGER watch_file_update AFTER UPDATE ON watch_file BEGIN
    UPDATE watch SET revision = revision + 1 WHERE id = NEW.watch_id;
END;
CREATE TRIGGER watch_file_delete AFTER DELETE ON watch_file BEGIN
    UPDATE watch SET revision = revision + 1 WHERE id = OLD.watch_id;
END;

-- The hours of each day in which the queue pauses by itself; not before `schedule_after`, which a resume sets.
ALTER TABLE queue ADD COLUMN schedule TEXT;
ALTER TABLE queue ADD COLUMN schedule_after REAL;

-- The start of the machine in which the file was opened last: only a machine that stopped may have harmed it.
ALTER TABLE soundness ADD COLUMN boot TEXT;

-- Where a file, run or folder is being moved: written before the first part is, so that a move that was cut short ends.
ALTER TABLE watch_file ADD COLUMN target TEXT;

-- The ComfyUI that `comfy.command` starts. Its process (`pid`, `started`) outlives a kill of ours, and is recognised then;
-- `command` is what it was started with. `request` is what was asked for and not done yet: start, stop or restart.
CREATE TABLE comfy_process (
    instance TEXT PRIMARY KEY,
    state TEXT NOT NULL DEFAULT 'off',
    pid INTEGER,
    started TEXT,
    command TEXT,
    since TEXT,
    adopted INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',
    request TEXT
);
INSERT INTO comfy_process (instance) VALUES ('default');
-- 1: ComfyUI's memory is freed once the pause is complete.
ALTER TABLE queue ADD COLUMN free_memory INTEGER NOT NULL DEFAULT 0;

-- The models that each comfy phase loads, as a JSON list by phase (null: it renders nothing): equal texts load the same.
-- `family` is that of the phase a prompt stands at.
ALTER TABLE prompt ADD COLUMN families TEXT;
ALTER TABLE prompt ADD COLUMN family TEXT GENERATED ALWAYS AS (json_extract(families, '$[' || phase_seq || ']')) VIRTUAL;
CREATE INDEX prompt_family ON prompt (job_id, family, phase_seq, idx)
    WHERE family IS NOT NULL AND ready IN ('queued_gpu', 'running_gpu');

-- `by_phase`: a job's prompts are rendered in the order that loads models the least; `by_prompt`: one after the other.
ALTER TABLE job ADD COLUMN run_order TEXT NOT NULL DEFAULT 'by_prompt';
ALTER TABLE job ADD COLUMN model_loads_saved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ready_job ADD COLUMN by_phase INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER job_ordered AFTER UPDATE OF run_order ON job BEGIN
    UPDATE ready_job SET by_phase = NEW.run_order = 'by_phase' WHERE job_id = NEW.id;
END;

-- What was rendered last in a lane, and how often in a row, and since when, other jobs were overtaken to go on with it.
ALTER TABLE lane ADD COLUMN family TEXT;
ALTER TABLE lane ADD COLUMN overtakings INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lane ADD COLUMN overtaking_since REAL;

-- The prompt (`12.3`) whose files a reused phase took.
ALTER TABLE phase ADD COLUMN reused_from TEXT;

-- A job is written with its order.
DROP TRIGGER job_inserted;
CREATE TRIGGER job_inserted AFTER INSERT ON job BEGIN
    INSERT INTO ready_job (job_id, priority, position, released, not_before, by_phase)
    VALUES (
        NEW.id, NEW.priority, NEW.position, NEW.held_reason IS NULL AND NEW.blocked = 0, NEW.not_before,
        NEW.run_order = 'by_phase'
    );
END;

-- Working files of a prompt that was cancelled without `keep_work`: 1 they are to go, 2 they are gone.
ALTER TABLE prompt ADD COLUMN drop_work INTEGER NOT NULL DEFAULT 0;
CREATE INDEX prompt_drop_work ON prompt (drop_work) WHERE drop_work = 1;

-- Ids under which prompts may have been sent to ComfyUI ahead of their claims: written before, gone with the claim.
CREATE TABLE render_ahead (remote_id TEXT PRIMARY KEY) WITHOUT ROWID;

-- How the attempts of a prompt ended that were not its last; the last one stands in `prompt`, begun at `attempt_at`.
-- `error` as there. When one ended that the process died in is not known.
ALTER TABLE prompt ADD COLUMN attempt_at TEXT;
CREATE TABLE attempt (
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    started_at TEXT,
    finished_at TEXT,
    worker TEXT NOT NULL,
    PRIMARY KEY (prompt_id, attempt)
) WITHOUT ROWID;

-- Model files that renders loaded, by path: `sha256` of what they held with this size and time (ns), once it is known.
CREATE TABLE model_file (
    path TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    sha256 TEXT
) WITHOUT ROWID;
CREATE INDEX model_file_unknown ON model_file (path) WHERE sha256 IS NULL;

-- What a phase's time may grow with (JSON: numbers and words by name, and what the phase uses), and whether its render
-- had to load models; kept with each run, and with a job for a few of its prompts: [[how many, measures, models], ...].
ALTER TABLE timing ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
ALTER TABLE timing ADD COLUMN uses TEXT;
ALTER TABLE timing ADD COLUMN family TEXT;
ALTER TABLE timing ADD COLUMN loaded INTEGER NOT NULL DEFAULT 0;
UPDATE timing SET measures = json_object('work', work) WHERE work IS NOT NULL;
ALTER TABLE timing DROP COLUMN work;
CREATE INDEX timing_of_use ON timing (uses, family, id);
ALTER TABLE phase ADD COLUMN measures TEXT;
ALTER TABLE phase ADD COLUMN loaded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE phase DROP COLUMN work;
ALTER TABLE job ADD COLUMN sample TEXT;
UPDATE job SET sample = json_array(json_array(1, json_object('work', work), NULL)) WHERE work IS NOT NULL;
ALTER TABLE job DROP COLUMN work;

-- Jobs that were submitted together. `digest` is that of the body that came with `idempotency_key`; `jobs` are the numbers
-- of all of them (JSON), those too that had been there before. It lives as long as one of its own jobs.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    digest TEXT NOT NULL,
    jobs TEXT NOT NULL DEFAULT '[]',
    submitted_by TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
ALTER TABLE job ADD COLUMN batch INTEGER;
CREATE INDEX job_batch ON job (batch) WHERE batch IS NOT NULL;
CREATE TRIGGER job_of_batch_deleted AFTER DELETE ON job
WHEN OLD.batch IS NOT NULL AND NOT EXISTS (SELECT 1 FROM job WHERE batch = OLD.batch) BEGIN
    DELETE FROM batch WHERE id = OLD.batch;
END;

-- A prompt that is let go has no child any more: an end that a full disk kept from being written goes with it.
CREATE TRIGGER child_let_go AFTER UPDATE OF claimed ON prompt WHEN OLD.claimed > 0 AND NEW.claimed = 0 BEGIN
    DELETE FROM child WHERE prompt_id = NEW.id;
END;

-- Each time that jobs were worked on: a process from its start to the last moment at which it was known to work. What lies
-- between two of them is shown as a time without vq.
CREATE TABLE uptime (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at TEXT NOT NULL,
    alive_at TEXT NOT NULL
) STRICT;

-- When the page was used last, and since when it had not been used before the artist came back the last time.
CREATE TABLE visit (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seen_at TEXT,
    away_since TEXT
) STRICT;
INSERT INTO visit (id) VALUES (1);

-- The jobs whose new outputs were seen, and when.
CREATE TABLE seen_job (
    job_id INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    at TEXT NOT NULL
) STRICT;

-- What `when_done` is about to do (JSON: action, ends_at); null while nothing counts down.
ALTER TABLE queue ADD COLUMN countdown TEXT;

-- The newest event of a job's end, until the end of the queue that may have come with it is notified.
ALTER TABLE notifier ADD COLUMN ended INTEGER;

-- The job of a queue file that a job was made of (`EXPORT:NUMBER`): importing the file again makes nothing twice.
ALTER TABLE job ADD COLUMN moved_from TEXT;
CREATE UNIQUE INDEX job_moved ON job (moved_from) WHERE moved_from IS NOT NULL;

-- The watch whose file a job was made of: its jobs are counted, wherever their files are now.
ALTER TABLE job ADD COLUMN watch INTEGER;
CREATE INDEX job_watch ON job (watch, state) WHERE watch IS NOT NULL;

-- What was submitted to come after what. A row of `job_dependency` goes when the wait is over; these stay with their jobs.
CREATE TABLE job_after (
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    after_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    PRIMARY KEY (job_id, after_id)
) WITHOUT ROWID;
CREATE INDEX job_after_other ON job_after (after_id);
INSERT INTO job_after (job_id, after_id)
SELECT d.job_id, d.after_id FROM job_dependency d JOIN job j ON j.id = d.after_id;

-- How often a review split or merged the items of a phase: their numbers changed, and new ones lie in folders of their own.
ALTER TABLE phase ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;

-- The page's list by the time of ending, and of what needs the artist (`NEEDS_YOU` in predicates.py).
CREATE INDEX job_ended ON job (coalesce(finished_at, '~') DESC, id DESC);
CREATE INDEX job_needs ON job (coalesce(finished_at, '~') DESC, id DESC) WHERE (
    state IN ('review', 'failed', 'partial') OR held_reason IS NOT NULL AND state IN ('queued', 'running')
);

-- The prompts that wait for a person, in the order in which they are looked through.
CREATE INDEX prompt_review ON prompt (job_id, idx) WHERE state = 'review';

-- Failed prompts of a job, for the causes of failures.
CREATE INDEX prompt_failed ON prompt (job_id) WHERE state = 'failed';

-- What was done to jobs and prompts, and how each stood before (`prompt_id` 0: the job itself), so that it can be undone.
CREATE TABLE done_action (id INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TABLE done_to (
    action_id INTEGER NOT NULL REFERENCES done_action (id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    prompt_id INTEGER NOT NULL,
    position REAL,
    held_reason TEXT,
    PRIMARY KEY (action_id, job_id, prompt_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX done_to_job ON done_to (job_id);

-- Several ComfyUIs: each is an instance of the gpu lane (`default`: that of comfy.url). `paused`: the artist lets it
-- claim nothing; 'drain': it ends what it renders, 'pause': that was put back.
UPDATE lane SET instance = 'default' WHERE name = 'gpu';
ALTER TABLE lane ADD COLUMN paused TEXT;

-- The instance whose slot a prompt has, or had last; and the one that knows a render by its id.
ALTER TABLE prompt ADD COLUMN instance TEXT;
ALTER TABLE item ADD COLUMN instance TEXT NOT NULL DEFAULT 'default';
ALTER TABLE render_ahead ADD COLUMN instance TEXT NOT NULL DEFAULT 'default';
ALTER TABLE unwanted_render ADD COLUMN instance TEXT NOT NULL DEFAULT 'default';
DROP TRIGGER render_let_go;
CREATE TRIGGER render_let_go AFTER UPDATE OF remote_id ON item
WHEN OLD.state = 'running' AND OLD.remote_id IS NOT NULL AND NEW.remote_id IS NOT OLD.remote_id BEGIN
    INSERT OR IGNORE INTO unwanted_render (remote_id, instance) VALUES (OLD.remote_id, OLD.instance);
END;
DROP TRIGGER render_deleted;
CREATE TRIGGER render_deleted AFTER DELETE ON item WHEN OLD.state = 'running' AND OLD.remote_id IS NOT NULL BEGIN
    INSERT OR IGNORE INTO unwanted_render (remote_id, instance) VALUES (OLD.remote_id, OLD.instance);
END;

-- Renders that an instance knows: another one takes their prompts only while that one is away.
CREATE INDEX item_instance ON item (instance, prompt_id)
    WHERE remote_id IS NOT NULL AND state IN ('running', 'harvesting');

-- The instances that can render something of a job, between spaces (` default second `); '' is any, '?' is not found out
-- yet. What one of them lacks all the same: `family` as in `prompt.family`.
ALTER TABLE ready_job ADD COLUMN instances TEXT NOT NULL DEFAULT '';
CREATE INDEX ready_unplaced ON ready_job (job_id) WHERE instances = '?';
CREATE TABLE refused_family (
    instance TEXT NOT NULL,
    family TEXT NOT NULL,
    PRIMARY KEY (instance, family)
) WITHOUT ROWID;
CREATE TRIGGER prompt_models_changed AFTER UPDATE OF families ON prompt
WHEN NEW.families IS NOT OLD.families AND (SELECT count(*) FROM lane WHERE name = 'gpu') > 1 BEGIN
    UPDATE ready_job SET instances = '?' WHERE job_id = NEW.job_id;
END;
