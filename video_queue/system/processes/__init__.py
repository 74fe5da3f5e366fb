"""Child processes: started, recorded, told again after a crash, and ended."""
