"""Manage the list of subscribers: their states, consent, history and suppressions.

Start with `state_machine`, whose table defines which event changes which state. The other parts, in the order in which
data passes through them:

- `consent` handles the actions of subscribers on the pages and by mail, `admin` those of the author, and `csv` imports
  lists. Bounces are handled by the package `newsletter.bounces`.
- `attributes` validates names, tags, languages and sources of consent.
- `state_machine` decides what an event changes, without a database.
- `apply_event` writes the decision: state, suppression and history of one subscriber.
- `queries`, `events` and `suppressions` access the tables. `subscriber` defines the models.
- `segments` parses filters and translates them into SQL.
"""
