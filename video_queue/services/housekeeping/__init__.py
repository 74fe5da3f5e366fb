"""Housekeeping: working files, logs, thumbnails, proxies, uploads and copies do not grow for ever."""
