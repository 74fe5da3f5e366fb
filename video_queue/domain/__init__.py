"""Words and rules, no I/O: states, errors, workflow definitions, submissions, job views, events.

These pydantic models are the row objects, the REST bodies, the event payloads and the `--json` output.
"""
