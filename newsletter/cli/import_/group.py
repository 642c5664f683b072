"""`newsletter import medium|substack|buttondown|revue|rss`."""

import click

from newsletter.cli.import_.source import source_command


@click.group("import", epilog="Example: newsletter import medium story.md")
def import_group() -> None:
    """Turn issues published elsewhere into YAML.

    Each becomes issues/SLUG.yaml, which must not be there yet. What a page says and no field can
    hold is kept as a comment that names its line. Nothing is fetched from the network.
    """


import_group.add_command(
    source_command(
        "medium",
        "Bring in stories from Medium.",
        "FILE is a story as Markdown or HTML, Medium's export as it is downloaded (a zip), a folder of its posts, or -"
        " for standard input. What `newsletter render medium` writes comes back whole.",
        "newsletter import medium week-10.md --language zh",
    )
)
import_group.add_command(
    source_command(
        "substack",
        "Bring in posts from Substack.",
        "FILE is Substack's export as it is downloaded (a zip), the folder it unpacks to, or the HTML of one post.",
        "newsletter import substack export.zip",
    )
)
import_group.add_command(
    source_command(
        "buttondown",
        "Bring in emails from Buttondown.",
        "FILE is an email in Markdown with its front matter, or a folder or zip of such files.",
        "newsletter import buttondown emails/issue-29.md",
    )
)
import_group.add_command(
    source_command(
        "revue",
        "Bring in issues from Revue.",
        "FILE is JSON as Revue's API gave it (`title`, `html`, `sent_at`, `url`), an issue's HTML, or a zip or folder"
        " of these.",
        "newsletter import revue issues.json",
    )
)
import_group.add_command(
    source_command(
        "rss",
        "Bring in a feed's entries.",
        "FILE is an RSS or Atom feed that holds the full content of its entries, or - for standard input.",
        "newsletter import rss feed.xml",
    )
)
