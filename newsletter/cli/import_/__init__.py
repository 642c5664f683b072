"""`newsletter import`: a source a command."""
