"""Tests that every version supports the files and databases of commit 7cfa81f."""
