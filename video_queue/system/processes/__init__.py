"""Child processes: started, recorded, identified after a crash, and ended."""
