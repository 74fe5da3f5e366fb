"""The routes, one module for each resource; they do not import each other."""
