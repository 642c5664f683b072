"""Rules over issues, and over what was rendered of them."""
