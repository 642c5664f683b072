"""Tests of the transports, against servers that accept messages, reject them, and fail."""
