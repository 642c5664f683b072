"""Transports: how a finished message leaves, one file per transport.

Start with `base`, the interface: a `Transport` opens connections, a `Connection` takes an `Outgoing` message and gives
an `Answer`. `registry` opens the transports that the settings name, and says how one is added:

- `smtp_servers` reads the servers and passwords of the settings. `smtp_session` opens a session (greeting, TLS,
  authentication), `smtp` sends over it with the `envelope` of each message, `smtp_replies` reads replies, and `steps`
  lets many connections wait in one thread.
- `eml_folder`, `maildir` and `console` keep messages on this machine; `message_files` writes files durably.
"""
