"""The commands of `vq`, one module for each thing that an artist does; `cli.py` lists them.

A command reads its flags, asks a client (see `client.py`) and shows the answer. It returns its exit code.
"""
