"""Rules on the finished message, as a server is given it; a module a subject, read by `finished`."""

from newsletter.checks.message import header, leaving, spam

SETS = (header.rules, leaving.rules, spam.rules)
