"""The home folder: its lock, the announced server, its secret, its disk."""
