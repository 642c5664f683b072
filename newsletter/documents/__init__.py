"""The author's files: read with their positions, checked, scaffolded and written."""
