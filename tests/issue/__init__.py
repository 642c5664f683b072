"""Tests of issues and of the edits of their files."""
