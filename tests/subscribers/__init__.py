"""Tests of subscribers."""
