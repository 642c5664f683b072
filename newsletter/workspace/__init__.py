"""The folder of a publication: found and read once, and edited by one command at a time.

- `workspace`: the settings, the issues, their index and the labels of a folder.
- `editing`: changes its files under a lock.
- `open_database`: opens the database that the settings name.

Start reading at `workspace.Workspace`.
"""
