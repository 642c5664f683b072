"""The list: who gets the newsletter, and why.

Start with `state_machine`: the one table that says which event changes which state. The other parts, in the order in
which data passes through them:

- `consent`: what subscribers do on the pages and by mail; `admin`: what the author does with single subscribers;
  `csv`: imported lists. Bounces come from the package `newsletter.bounces`.
- `attributes`: checks of names, tags, languages and sources of consent.
- `state_machine`: decides, without a database.
- `apply_event`: applies a decision: state, suppression and history of one subscriber.
- `queries`, `events`, `suppressions`: the tables. `subscriber` is the model.
- `segments`: which part of the list a filter names.
"""
