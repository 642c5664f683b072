"""Tests of the public pages, with real requests to a real server."""
