"""The commands of `vq`, one module for each thing that an artist does; `cli.py` lists them.

A command reads its flags, asks a door (see `door.py`) and shows the answer. It returns its exit code.
"""
