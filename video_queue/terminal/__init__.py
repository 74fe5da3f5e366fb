"""What the command line is made of: finding the server, reading flags, showing answers. `cli.py` is the tree.

Modules here import nothing heavy at their top: on the way to a running server `vq submit` needs only `http.client`.
"""
