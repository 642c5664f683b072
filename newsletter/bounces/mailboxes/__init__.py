"""Where bounces come from: files, a maildir, a mailbox over IMAP. What is read is marked when it has been stored."""
