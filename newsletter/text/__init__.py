"""Markdown, links and images: pure functions."""
