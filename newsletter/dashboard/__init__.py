"""The preview: an issue as its readers will get it, live in the author's browser."""
