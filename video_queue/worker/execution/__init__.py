"""How any phase is run: scope, arguments, reuse, progress and outcome, and media phases themselves."""
