"""Tests of the checker: its rules, its output formats, and the link index."""
