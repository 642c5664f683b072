"""Bounces, from the bytes of a message to what becomes of a subscriber."""
