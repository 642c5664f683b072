"""Rules on the finished message, as a server is given it; a module a subject, read by `finished`."""

from newsletter.check.rules.message import header_fields, spam_score, unsubscribe_links

SETS = (header_fields.rules, unsubscribe_links.rules, spam_score.rules)
