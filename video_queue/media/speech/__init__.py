"""What the phases of sound share: levels, silences, voices, words."""
