"""From a workflow as ComfyUI's editor saves it to the graph that ComfyUI runs."""
