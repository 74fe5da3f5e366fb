"""Text over pictures: reading and writing subtitle files, breaking lines, timing captions, drawing them."""
