"""Sending, up to the transport."""
