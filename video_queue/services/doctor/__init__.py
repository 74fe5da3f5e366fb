"""Is everything there that video_queue needs? `doctor` runs the checks, `bundle` packs them for a bug report."""
