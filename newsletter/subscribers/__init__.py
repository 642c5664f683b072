"""Subscribers: their state, consent, suppression, segments, and lists in CSV."""
