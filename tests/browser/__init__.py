"""What Chromium sees."""
