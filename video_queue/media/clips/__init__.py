"""What several media phases share: choosing frames, cutting, conforming, joining, shapes and sound."""
