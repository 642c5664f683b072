"""The services that issues are imported from, one file each."""
