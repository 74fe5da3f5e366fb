"""Watch folders: what lies in them, which file is ready, and how it becomes a job."""
