"""Verbs over jobs and prompts that stand: actions, edits, lists and logs, the queue itself."""
