"""Messages: composed, signed, filled for each recipient, and the queue of transactional mail."""
