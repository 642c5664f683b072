"""An issue: its model, its YAML file, and every edit of that file."""
