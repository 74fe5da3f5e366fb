"""How `vq` reaches the queue: over HTTP, or in this process."""
