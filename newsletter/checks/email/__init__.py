"""Rules on an issue's email, as its readers' programs get it; a module a subject, read by `rendered`."""

from newsletter.checks.email import (
    colours,
    compatibility,
    document,
    images,
    leftovers,
    links,
    size,
    subject,
    words,
)

SETS = (
    subject.rules,
    size.rules,
    document.rules,
    leftovers.rules,
    words.rules,
    images.rules,
    links.rules,
    colours.rules,
    compatibility.rules,
)
