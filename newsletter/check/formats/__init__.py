"""Output formats of `newsletter check` beside the terminal."""
