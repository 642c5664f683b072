"""Fetching: the one door to the network, and the guard at it."""
