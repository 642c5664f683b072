"""Tests of YAML with positions."""
