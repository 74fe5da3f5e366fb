"""video_queue: a durable render queue for one artist.

The package is a house of rooms (see docs/architecture.md): cli > app > wiring > api | worker | simulator >
services > db | settings > domain. Imports only go downwards.
"""

__version__ = "0.2.0"
