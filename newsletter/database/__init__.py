"""The database: SQLite or PostgreSQL through SQLAlchemy Core, with its schema, transactions and keys.

Modules, in the order in which opening a database uses them:

- `engine` parses the URL and sets SQLite up; `schema_version` checks or upgrades the schema by `migrations`.
- `tables` defines the tables, `states` the enums that their checks allow.
- `driver_errors` translates the errors of drivers.
- `group_commit` lets threads share commits; `dry_run` hides tables with temporary copies.
- `sqlite_backup` and `copy_rows` copy a whole database; `signing_keys` stores the keys that sign links.

Queries are in the packages that use them: `subscribers`, `ledger`, `bounces`, `mail`.
Start reading at `database.Database`.
"""
