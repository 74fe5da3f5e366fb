"""What an artist is told without looking: an inbox of what happened, and messages to where they are."""
