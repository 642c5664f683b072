"""Bounces: messages that say what became of ours. Reading one is pure; `settling` says what follows."""
