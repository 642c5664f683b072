"""Tests of issues and the edits of their files."""
