-- Jobs that were put out of sight; `work` is the mean pixels × frames of the job's prompts, where known.
ALTER TABLE job ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN work REAL;
CREATE INDEX job_archived ON job (id) WHERE archived = 1;
CREATE INDEX job_shown ON job (id) WHERE archived = 0;

CREATE INDEX prompt_held ON prompt (job_id) WHERE held_reason IS NOT NULL AND state = 'queued';

-- 1 after a retry from a phase: that one and all after it are to be made anew, not taken from other prompts.
ALTER TABLE prompt ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;

-- What a finished phase was made from; phases of the same key give the same files.
ALTER TABLE phase ADD COLUMN reuse_key TEXT;
ALTER TABLE phase ADD COLUMN work REAL;
ALTER TABLE phase ADD COLUMN files TEXT;
CREATE INDEX phase_reuse ON phase (reuse_key, prompt_id) WHERE reuse_key IS NOT NULL;

-- How long the newest runs of each workflow's phases took, for estimates; it outlives the jobs. The phase '' is
-- publishing, which alone has `bytes`.
CREATE TABLE timing (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow TEXT NOT NULL,
    phase TEXT NOT NULL,
    seconds REAL NOT NULL,
    work REAL,
    bytes INTEGER
);
CREATE INDEX timing_of_phase ON timing (workflow, phase, id);
INSERT INTO timing (workflow, phase, seconds)
    SELECT workflow, name, seconds FROM (
        SELECT j.workflow, f.name, f.seconds, f.prompt_id,
            row_number() OVER (PARTITION BY j.workflow, f.name ORDER BY f.prompt_id DESC) AS newest
        FROM phase f JOIN prompt p ON p.id = f.prompt_id JOIN job j ON j.id = p.job_id
        WHERE f.state = 'succeeded' AND f.seconds > 0
    ) WHERE newest <= 30 ORDER BY prompt_id;
