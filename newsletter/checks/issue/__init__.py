"""Rules on an issue's file, whether or not it is complete; a module a subject, read by `proof`."""

from newsletter.checks.issue import archive, form, highlights, links, stories

SETS = (stories.rules, highlights.rules, archive.rules, links.rules, form.rules)
