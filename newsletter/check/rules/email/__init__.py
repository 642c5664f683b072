"""Rules on an issue's email as mail clients show it. They check a `RenderedEmail`.

`SETS` lists the files of rules in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.email.rendered_email import RenderedEmail

SETS: tuple[Rules[RenderedEmail], ...] = rule_sets(
    __name__,
    "subject_line",
    "opening_words",
    "size",
    "html_document",
    "unfilled_templates",
    "author_text",
    "images",
    "links",
    "colour_contrast",
    "client_support",
)
