"""Parsers of the inputs of `newsletter add`: plain text, bookmarks, feeds and lists of feeds.

`detect` detects the format and calls the other modules; `link` is their result.
"""
