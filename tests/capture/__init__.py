"""Tests of `newsletter add`: capturing entries from URLs."""
