"""Tests of clicks."""
