"""The database: SQLite or PostgreSQL through SQLAlchemy Core, with its schema, transactions and keys.

Start with `database`: `Database.open` gives transactions that read or write. The parts, in the order of opening one:

- `engine` parses the URL and sets SQLite up; `schema_version` checks or upgrades the schema by `migrations`.
- `tables` defines the tables, `states` the enums that their checks allow.
- `driver_errors` translates what drivers raise.
- `group_commit` lets many threads share commits; `dry_run` replaces tables by temporary copies.
- `sqlite_backup` and `copy_rows` copy a whole database; `signing_keys` holds the keys that sign links.

Queries are in the packages that use them: `subscribers`, `ledger`, `bounces`, `mail`.
"""
