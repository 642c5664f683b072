"""Tests of `newsletter.render`."""
