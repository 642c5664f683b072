"""The database: subscribers, suppressions, events, campaigns and their deliveries."""
