"""A published text becomes an issue."""
