"""ComfyUI's refusals and failures as errors of the catalogue: which node, why in one line, and what to do."""
