"""Clicks on the links to an issue's entries, counted without anything about a reader.

`store_counts` adds the clicks that a process counted to the database, and `read_counts` reads them for reports.
"""
