"""The composition root: what the commands use, built from the configuration."""
