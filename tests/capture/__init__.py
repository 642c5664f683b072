"""Tests of capturing entries from URLs."""
