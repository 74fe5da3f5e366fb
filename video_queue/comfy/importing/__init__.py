"""From a ComfyUI graph, wherever it was kept, to the draft of a workflow file."""
