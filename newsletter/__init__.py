"""Newsletter: a publishing tool that turns YAML issues into emails, Medium stories and a web archive."""

__version__ = "0.1.0"
