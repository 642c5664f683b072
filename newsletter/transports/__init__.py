"""What hands a message over: one file a transport."""
