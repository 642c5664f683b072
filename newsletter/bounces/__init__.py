"""Bounces, complaints and requests to unsubscribe by mail: read them, find their subscriber, and act.

Start with `process`, which reads mailboxes and applies their messages. The parts, in the order of the data:

- `mailboxes/` yields messages from files, a maildir or IMAP, and marks them.
- `parse` turns a message into a `ParsedBounce` (`bounce`); `report_fields` reads the fields of reports, `nonstandard`
  bounces without a report, `auto_replies` recognises what is not a bounce, `identifiers` extracts tokens.
- `attribute` finds the subscriber and the campaign, with the evidence for it.
- `classify` tells hard bounces from soft ones by their status.
- `apply` suppresses, counts or unsubscribes; `bounce_queries` holds the queries.

Parsing and classifying are pure; applying runs in one transaction per message.
"""
