"""The web archive as files: what it consists of, what each part depends on, and how it is kept in its folder."""
