"""Sources of messages: files and mbox, a maildir, a mailbox over IMAP. A message is marked once it is applied."""
