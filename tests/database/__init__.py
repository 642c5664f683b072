"""The store, on every database that it supports."""
