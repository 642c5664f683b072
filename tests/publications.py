"""A sample publication and issue, and a function that writes them."""

from pathlib import Path

PUBLICATION = """\
name: The Weekly Lens
site_url: https://lens.example.org/
from:
  email: lens@example.org
postal_address: |
  1 Example Street
  Example City
"""

ISSUE = """\
title: The Weekly Lens — Issue 1
date: 2024-05-05
number: 1
status: published
preheader: A lens on the week, ground from one story and polished twice over
highlights:
  featured:
    - A story about [lenses](@lens) is worth the week.
sections:
  featured:
    - id: lens
      title: How lenses are ground
      url: https://example.com/lenses
      comment: |
        A lens is *ground* before it is polished.
"""


def write_publication(folder: Path, *, publication: str = PUBLICATION, **issues: str) -> Path:
    """Write a publication and its issues, named by slug (`_` replaces `-`). Returns the folder."""
    (folder / "issues").mkdir(parents=True, exist_ok=True)
    (folder / "newsletter.yaml").write_text(publication, encoding="utf-8")
    for slug, text in issues.items():
        (folder / "issues" / f"{slug.strip('_').replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return folder


def with_one_entry(scaffold: str, comment: str = "Worth it.") -> str:
    """Return the scaffold of `newsletter new-issue` with a preheader and one entry."""
    filled = (
        ("preheader:", "preheader: A story that is worth it, and why that is so"),
        ("- title:", "- title: A story"),
        ("      url:", "      url: https://example.com/story"),
        ("comment: |\n", f"comment: |\n        {comment}\n"),
    )
    for blank, text in filled:
        scaffold = scaffold.replace(blank, text, 1)
    return scaffold
