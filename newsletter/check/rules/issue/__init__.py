"""Rules on an issue's file, whether or not it is complete; a module a subject, read by `proof`."""

from newsletter.check.rules.issue import earlier_issues, entries, entry_content, highlights, urls

SETS = (entries.rules, highlights.rules, earlier_issues.rules, urls.rules, entry_content.rules)
