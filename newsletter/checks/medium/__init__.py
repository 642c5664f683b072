"""Rules on an issue's Medium story, read by `story`."""

from newsletter.checks.medium import editor

SETS = (editor.rules,)
