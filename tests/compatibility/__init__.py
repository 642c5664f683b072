"""What commit 7cfa81f made, and every later version must open."""
