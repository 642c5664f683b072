"""The checker: its rules, its outputs, its index."""
