"""One file per version. Never change a file after its release."""
