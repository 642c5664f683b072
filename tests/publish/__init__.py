"""Tests of publishing an issue on the web and to its readers."""
