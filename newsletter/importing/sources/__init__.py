"""The sources of issues, one module each."""
