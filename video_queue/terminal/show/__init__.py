"""What the commands print: tables, progress that is followed, the end that is waited for."""
