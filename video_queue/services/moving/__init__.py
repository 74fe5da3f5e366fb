"""Queues as files: what waits in one home is written into one file, and read from it in another home."""
