"""The HTTP side: routers with handlers of a few lines, errors, and the middleware that decides which requests pass.

Everything here reads and writes through `services`; nothing knows SQL or how objects are put together.
"""
