"""Importing: a file or text that holds a ComfyUI graph becomes a workflow file of the artist's own."""
