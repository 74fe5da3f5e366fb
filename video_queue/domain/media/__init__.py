"""Parameters and results of every phase: lenient values, models for clips and for frames, and the table of phases."""
