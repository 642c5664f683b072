"""The folder of a publication: finds it, reads it once, and lets one command at a time edit it.

- `workspace`: the settings, issues, link index and labels of the folder.
- `validated_cache`: settings and heads of issues that earlier commands validated, on disk.
- `issue_cache`: what a process has read, in memory.
- `editing`: changes files under a lock.
- `open_database`: opens the database in the settings.

Start reading at `workspace.Workspace`.
"""
