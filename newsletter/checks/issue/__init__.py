"""Rules on an issue's file, whether or not it is complete; a module a subject, read by `proof`."""

from newsletter.checks.issue import archive, form, highlights, links, stories
from newsletter.checks.issue.rules import rules

__all__ = ["archive", "form", "highlights", "links", "rules", "stories"]
