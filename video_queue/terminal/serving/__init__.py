"""The commands that keep a process running: serve, run, start, demo."""
