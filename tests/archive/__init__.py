"""Tests of `newsletter.archive`."""
