"""Rules on an issue's Medium story, read by `story`."""

from newsletter.check.rules.medium import medium_editor

SETS = (medium_editor.rules,)
