"""Phases that ComfyUI renders, outermost first: `comfy_phases` > `phase_render` > `unit_render` > `remote_prompt`.

`monitor` keeps the connection; `preparation` readies what is due next while ComfyUI renders; `fetching` brings the
files of rendered units.
"""
