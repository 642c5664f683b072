"""The publishing tool for a curated newsletter: one YAML issue becomes an email, its text part and a Medium story."""

__version__ = "0.1.0"
