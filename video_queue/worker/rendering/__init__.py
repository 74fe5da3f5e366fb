"""Phases that ComfyUI renders: `phases` runs one, `driver` follows one prompt in ComfyUI, `harvest` fetches its files.

`monitor` keeps the connection; `preparation` readies the next prompt while this one renders.
"""
