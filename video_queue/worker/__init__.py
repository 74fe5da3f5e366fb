"""The worker: one thread with its own event loop that claims prompts and drives their phases.

`runner` is the main loop; `execution` runs one phase; `failure` decides what an error means; `recovery` puts a home
in order after a crash.
"""
