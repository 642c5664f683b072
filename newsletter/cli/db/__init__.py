"""The commands on the database, one file a command."""
