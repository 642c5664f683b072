"""The commands on subscribers, one file a command."""
