"""From an issue to finished texts: the view, and an output a file."""
