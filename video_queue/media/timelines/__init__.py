"""Timelines for editing programs: what lies on one, and one writer for each format."""
