"""Process bounces, complaints and unsubscribe requests that arrive by mail.

Start with `process`, which reads mailboxes and applies their messages. The parts, in the order in which data passes
through them:

- `mailboxes/` reads messages from files, a maildir or IMAP, and marks them afterwards.
- `parse` turns a message into a `ParsedBounce` (defined in `bounce`). It uses `report_fields` for the fields of
  reports, `nonstandard` for bounces without a report, `auto_replies` to detect automatic replies, and `identifiers` to
  extract tokens and Message-IDs.
- `attribute` finds the subscriber and the campaign, and the evidence for them.
- `classify` determines the kind of bounce from its status.
- `apply` suppresses, counts or unsubscribes. `bounce_queries` contains the database queries.

Parsing and classifying are pure; applying runs in one transaction per message.
"""
