"""The public live pages: subscribing, confirming, leaving, and what servers call."""
