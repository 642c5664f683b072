"""Output formats of `newsletter check` for other programs."""
