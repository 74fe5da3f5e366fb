"""The verbs: submitting and steering jobs, workflows, parameters, fan-out, paths, media, ComfyUI."""
