"""Tests of the publication's settings."""
