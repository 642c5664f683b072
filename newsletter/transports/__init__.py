"""Transports: they send finished messages or store them on this machine.

Start with `base`, the interface: a `Transport` opens a `Connection`, which sends an `Outgoing` message and returns an
`Answer`. The parts, in the order in which a message passes:

1. `registry` opens the transports that the settings name, and describes how to add one.
2. `connection_pool` reuses connections between messages.
3. SMTP: `smtp_servers` reads servers and passwords from the settings. `smtp_session` connects (greeting, TLS,
   authentication). `smtp` sends messages, each with its `envelope`. `smtp_replies` parses replies, and `stream` reads
   and writes the socket for an event loop.
4. `eml_folder`, `maildir` and `console` store or print messages. `message_files` writes files durably.
"""
