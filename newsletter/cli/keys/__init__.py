"""The commands on the keys that sign links, one file a command."""
