"""`newsletter render`: an output a command."""
