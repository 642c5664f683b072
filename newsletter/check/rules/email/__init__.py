"""Rules on an issue's email, as its readers' programs get it; a module a subject, read by `rendered`."""

from newsletter.check.rules.email import (
    author_text,
    client_support,
    colour_contrast,
    html_document,
    images,
    links,
    size,
    subject_line,
    unfilled_templates,
)

SETS = (
    subject_line.rules,
    size.rules,
    html_document.rules,
    unfilled_templates.rules,
    author_text.rules,
    images.rules,
    links.rules,
    colour_contrast.rules,
    client_support.rules,
)
