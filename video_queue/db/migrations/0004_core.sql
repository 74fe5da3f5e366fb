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
