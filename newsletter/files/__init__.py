"""Whole-file reads and writes, and secrets from the environment."""
