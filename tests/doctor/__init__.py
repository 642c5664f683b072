"""Tests of `newsletter doctor`."""
