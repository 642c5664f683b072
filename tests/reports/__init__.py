"""Tests of reports on campaigns and on the growth of the list."""
