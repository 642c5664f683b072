"""Tests of campaigns, from the command line to a real server."""
