"""Housekeeping: working files, logs, thumbnails, uploads and copies do not grow for ever."""
