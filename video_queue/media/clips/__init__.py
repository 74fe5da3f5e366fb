"""What several media phases share: cutting, joining, pieces, shapes and sound."""
