"""The live pages, asked by a real client."""
