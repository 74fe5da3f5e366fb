"""The machine below the queue: files, child processes, and the home folder. No rows, no media."""
