"""A URL becomes a draft entry."""
