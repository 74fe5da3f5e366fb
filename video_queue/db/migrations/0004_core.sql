-- Which jobs show the same file: asked when one of them is deleted with its outputs.
CREATE INDEX artifact_path ON artifact (path);
