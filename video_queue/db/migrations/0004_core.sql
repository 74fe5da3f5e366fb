-- Which jobs show the same file: asked when one of them is deleted with its outputs.
CREATE INDEX artifact_path ON artifact (path);

-- The columns stand in the key's order: SQLite 3.40's quick_check calls every row of a table WITHOUT ROWID damaged where
-- they do not.
CREATE TABLE dependency (
    after_id INTEGER NOT NULL,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    PRIMARY KEY (after_id, job_id)
) WITHOUT ROWID;
INSERT INTO dependency (after_id, job_id) SELECT after_id, job_id FROM job_dependency;
DROP TABLE job_dependency;
ALTER TABLE dependency RENAME TO job_dependency;

-- What is known of this file's soundness.
CREATE TABLE soundness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- 1 from an end in good order to the next start, which then needs no check before it begins
    closed INTEGER NOT NULL DEFAULT 0,
    -- the last full check, and the problems that it found as a JSON list
    checked_at TEXT,
    problems TEXT NOT NULL DEFAULT '[]'
);
INSERT INTO soundness (id) VALUES (1);

-- The input files of a prompt as they were when it first used them, as JSON; taken in this attempt.
CREATE TABLE prompt_input (
    prompt_id INTEGER PRIMARY KEY REFERENCES prompt (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    files TEXT NOT NULL
);

-- The attempt that published a file: a prompt that is published again stands for its newest files.
ALTER TABLE artifact ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;

-- Whether a prompt needs the gpu lane: 0 when no comfy phase is left, or what is left of them is skipped or reused;
-- NULL until that is known.
ALTER TABLE prompt ADD COLUMN needs_gpu INTEGER;
UPDATE prompt SET needs_gpu = 0
WHERE state IN ('queued', 'running') AND job_id IN (SELECT id FROM job WHERE uses_gpu = 0);

-- What the lanes can claim, found by index. `ready` says what a prompt is that nobody has claimed and nothing holds
-- back: 'queued_gpu', 'running_media', ... A queued one that needs no gpu is 'queued_free': nothing holds it back.
ALTER TABLE prompt ADD COLUMN ready TEXT GENERATED ALWAYS AS (
    CASE WHEN claimed = 0 AND held_reason IS NULL AND not_before IS NULL AND state IN ('queued', 'running')
        THEN CASE WHEN lane = 'away' OR needs_gpu IS NOT 0 THEN state || '_' || lane
            WHEN state = 'queued' THEN 'queued_free' ELSE 'running_media' END
    END
) VIRTUAL;
DROP INDEX prompt_ready;
CREATE INDEX prompt_ready ON prompt (job_id, ready, idx) WHERE ready IS NOT NULL;
CREATE INDEX prompt_undecided ON prompt (job_id, idx) WHERE needs_gpu IS NULL AND ready IS NOT NULL;
CREATE INDEX prompt_postponed ON prompt (not_before) WHERE not_before IS NOT NULL AND state = 'queued';
CREATE INDEX job_unexpanded ON job (unexpanded, id) WHERE unexpanded = 1 AND held_reason IS NULL AND blocked = 0;

-- The jobs as the lanes see them: their place in the queue, whether nothing holds them back, until when they wait
-- (NULL: no longer), how many ready prompts they have. Not in `job`, whose rows are large and would be written with
-- every claim. Triggers keep it true, and new prompts are counted with their insert.
CREATE TABLE ready_job (
    job_id INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    priority INTEGER NOT NULL,
    position REAL NOT NULL,
    released INTEGER NOT NULL,
    not_before REAL,
    queued_gpu INTEGER NOT NULL DEFAULT 0,
    queued_media INTEGER NOT NULL DEFAULT 0,
    queued_free INTEGER NOT NULL DEFAULT 0,
    running_gpu INTEGER NOT NULL DEFAULT 0,
    running_media INTEGER NOT NULL DEFAULT 0
);
CREATE TRIGGER job_inserted AFTER INSERT ON job BEGIN
    INSERT INTO ready_job (job_id, priority, position, released, not_before)
    VALUES (NEW.id, NEW.priority, NEW.position, NEW.held_reason IS NULL AND NEW.blocked = 0, NEW.not_before);
END;
CREATE TRIGGER job_updated AFTER UPDATE OF priority, position, held_reason, blocked, not_before ON job BEGIN
    UPDATE ready_job SET priority = NEW.priority, position = NEW.position,
        released = NEW.held_reason IS NULL AND NEW.blocked = 0, not_before = NEW.not_before
    WHERE job_id = NEW.id;
END;
CREATE TRIGGER prompt_updated AFTER UPDATE ON prompt WHEN OLD.ready IS NOT NEW.ready BEGIN
    UPDATE ready_job SET
        queued_gpu = queued_gpu + (NEW.ready IS 'queued_gpu') - (OLD.ready IS 'queued_gpu'),
        queued_media = queued_media + (NEW.ready IS 'queued_media') - (OLD.ready IS 'queued_media'),
        queued_free = queued_free + (NEW.ready IS 'queued_free') - (OLD.ready IS 'queued_free'),
        running_gpu = running_gpu + (NEW.ready IS 'running_gpu') - (OLD.ready IS 'running_gpu'),
        running_media = running_media + (NEW.ready IS 'running_media') - (OLD.ready IS 'running_media')
    WHERE job_id = NEW.job_id;
END;
INSERT INTO ready_job
    SELECT j.id, j.priority, j.position, j.held_reason IS NULL AND j.blocked = 0, j.not_before,
        (SELECT count(*) FROM prompt WHERE job_id = j.id AND ready = 'queued_gpu'),
        (SELECT count(*) FROM prompt WHERE job_id = j.id AND ready = 'queued_media'),
        (SELECT count(*) FROM prompt WHERE job_id = j.id AND ready = 'queued_free'),
        (SELECT count(*) FROM prompt WHERE job_id = j.id AND ready = 'running_gpu'),
        (SELECT count(*) FROM prompt WHERE job_id = j.id AND ready = 'running_media')
    FROM job j;
CREATE INDEX ready_queued_gpu ON ready_job (released, priority DESC, position, job_id)
    WHERE queued_gpu > 0 AND not_before IS NULL;
CREATE INDEX ready_queued_media ON ready_job (released, priority DESC, position, job_id)
    WHERE queued_media > 0 AND not_before IS NULL;
CREATE INDEX ready_queued_free ON ready_job (released, priority DESC, position, job_id)
    WHERE queued_free > 0 AND not_before IS NULL;
CREATE INDEX ready_running_gpu ON ready_job (released, priority DESC, position, job_id)
    WHERE running_gpu > 0 AND not_before IS NULL;
CREATE INDEX ready_running_media ON ready_job (released, priority DESC, position, job_id)
    WHERE running_media > 0 AND not_before IS NULL;
CREATE INDEX ready_postponed ON ready_job (not_before) WHERE not_before IS NOT NULL;

-- Folders that are away, and output folders without room: when each is probed next (NULL: it is there again, and
-- nothing was published yet). Its prompts stand in the lane `away`; `away_lane` is the one they go back to.
CREATE TABLE away_folder (
    path TEXT PRIMARY KEY,
    -- 1: files are written there, 0: inputs are read there
    is_output INTEGER NOT NULL DEFAULT 1,
    -- the bytes that the largest of its prompts needs there
    room INTEGER NOT NULL DEFAULT 0,
    probes INTEGER NOT NULL,
    next_probe REAL
) WITHOUT ROWID;
ALTER TABLE prompt ADD COLUMN away_lane TEXT;
-- the folder that it waits for, or waited for last
ALTER TABLE prompt ADD COLUMN away_path TEXT;
CREATE INDEX prompt_away ON prompt (lane, away_path, job_id) WHERE lane = 'away' AND state = 'queued';

-- Transient failures by code (JSON) of the phase a prompt stands at, since its last finished item.
ALTER TABLE prompt ADD COLUMN phase_failures TEXT NOT NULL DEFAULT '{}';
-- 1 for a render with the values of on_oom: it is not what was asked for, and no other prompt reuses it.
ALTER TABLE item ADD COLUMN lowered INTEGER NOT NULL DEFAULT 0;
-- How often ComfyUI named files for a render that were not there.
ALTER TABLE item ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;

-- The mount point that holds the output folder since the job was made: without it the folder is away.
ALTER TABLE job ADD COLUMN output_mount TEXT;

-- The files of a finished item as they were, as `phase.files` has those of a phase.
ALTER TABLE item ADD COLUMN files TEXT;
-- How often a prompt went back to a phase whose working files were lost.
ALTER TABLE prompt ADD COLUMN returns INTEGER NOT NULL DEFAULT 0;

-- Since when postponed prompts wait: one that waits since a moment to come was postponed by a clock that was put back.
CREATE INDEX prompt_postponed_since ON prompt (waiting_since) WHERE not_before IS NOT NULL AND state = 'queued';

-- Remote prompts that nobody waits for any more and that ComfyUI may still have: it is told to end them, and renders
-- nothing else for us until they are gone. A running render whose id is let go of comes here, whatever statement does
-- it; `renders.forget_render` takes those out that are known to be gone.
CREATE TABLE unwanted_render (remote_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER render_let_go AFTER UPDATE OF remote_id ON item
WHEN OLD.state = 'running' AND OLD.remote_id IS NOT NULL AND NEW.remote_id IS NOT OLD.remote_id BEGIN
    INSERT OR IGNORE INTO unwanted_render (remote_id) VALUES (OLD.remote_id);
END;
CREATE TRIGGER render_deleted AFTER DELETE ON item WHEN OLD.state = 'running' AND OLD.remote_id IS NOT NULL BEGIN
    INSERT OR IGNORE INTO unwanted_render (remote_id) VALUES (OLD.remote_id);
END;
CREATE TRIGGER prompt_ended AFTER UPDATE OF state ON prompt
WHEN NEW.state IN ('succeeded', 'failed', 'cancelled') AND OLD.state IS NOT NEW.state BEGIN
    UPDATE item SET state = 'pending', remote_id = NULL
    WHERE prompt_id = NEW.id AND state = 'running' AND remote_id IS NOT NULL;
END;
UPDATE item SET state = 'pending', remote_id = NULL
WHERE state = 'running' AND remote_id IS NOT NULL
    AND prompt_id IN (SELECT id FROM prompt WHERE state IN ('succeeded', 'failed', 'cancelled'));

-- ComfyUI as it was seen last: while it is away, what it rendered is still reused.
CREATE TABLE comfy_seen (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version TEXT NOT NULL,
    input_folder TEXT
);

-- How often the process died in the step that a prompt stands at, publishing included; it was counted by `phase.crashes`,
-- which is not used any more. `prefetching` is 1 while a prompt's files are read ahead of its claim.
ALTER TABLE prompt ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prompt ADD COLUMN prefetching INTEGER NOT NULL DEFAULT 0;
CREATE INDEX prompt_prefetching ON prompt (id) WHERE prefetching = 1;
