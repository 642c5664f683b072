"""The folder of a publication: found, read once, and edited by one command at a time."""
