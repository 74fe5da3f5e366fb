"""Workflow files: loaded, checked, turned into forms, and their parameters."""
