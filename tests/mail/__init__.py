"""Tests of messages and of the mail queue."""
