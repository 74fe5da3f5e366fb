"""What each media phase takes and gives: values, one module of models for clips and one for frames, and the table."""
