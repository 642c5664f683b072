"""What hands messages over, against servers that take them, refuse them, and fail."""
