"""Media files: facts about them, pictures of them, ffmpeg, and the phases that make new ones."""
