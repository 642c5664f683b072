"""Tests of importing published issues."""
