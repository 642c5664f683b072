"""Subscriber lists in CSV: read, mapped and merged."""
