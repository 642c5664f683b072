"""`newsletter campaign`: a command a file."""
