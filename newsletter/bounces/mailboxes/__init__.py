"""Read messages from files, an mbox, a maildir or IMAP.

Each module yields `IncomingMessage` objects. The caller marks a message in its mailbox after applying it.
"""
