-- 1 after a retry from a phase: that one and all after it run again and are not reused from other prompts.
ALTER TABLE prompt RENAME COLUMN anew TO fresh;
