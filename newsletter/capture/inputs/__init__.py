"""Where URLs come from: a text, a browser's bookmarks, a feed, a list of feeds."""
