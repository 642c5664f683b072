"""`newsletter init`: create a publication in a new folder."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

Value = TypeVar("Value")
_SUBJECT = "general, machine-learning, or the names of your sections, separated by commas"


@click.command(
    epilog="Examples: newsletter init my-newsletter; newsletter init kitchen --name 'The Kitchen' --language en"
    " --from 'Ann Lee <ann@example.com>' --sections 'Recipes, Knives and pans, Other'"
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", metavar="TEXT", show_default="derived from DIR", help="The name of the newsletter.")
@click.option("--language", metavar="TAG", show_default="en", help="The language of the issues, such as en, ja or zh.")
@click.option(
    "--from",
    "sender",
    metavar="ADDRESS",
    show_default="an example",
    help="The sender of the email: ann@example.com, or 'Ann Lee <ann@example.com>'.",
)
@click.option(
    "--sections",
    metavar="SECTIONS",
    show_default="general",
    help="The subject matter: general, machine-learning, or the labels of your own sections, separated by commas. A"
    " label may have its key before it: 'gear=Knives and pans'.",
)
def init(directory: Path, name: str | None, language: str | None, sender: str | None, sections: str | None) -> None:
    """Create a publication in a new folder.

    Creates newsletter.yaml, issues/, schemas/ and .gitignore in DIR. Existing files are not changed. In a terminal, it
    asks for the values that no option gives. Otherwise it uses defaults, and prints what to fill in.
    """
    from newsletter.cli.terminal import escape_controls, print_status
    from newsletter.files import display
    from newsletter.publication.find_publication import FILE
    from newsletter.publication.new_publication import NewPublication, parse_language, parse_name, parse_sender
    from newsletter.publication.starting_sections import GENERAL, starting_sections
    from newsletter.workspace.create_publication import create_publication, name_from_folder, require_no_publication

    require_no_publication(directory)
    proposed = name_from_folder(directory)
    tag = _value("--language", language, "Language of the issues (en, ja, zh or another tag)", "en", parse_language)
    new = NewPublication(
        name=_value("--name", name, "Name of the newsletter", proposed, parse_name),
        language=tag,
        sender=_value("--from", sender, "From, such as Ann Lee <ann@example.com>", "", parse_sender),
        sections=_value(
            "--sections",
            sections,
            f"Subject matter: {_SUBJECT}",
            GENERAL,
            lambda text: starting_sections(text, tag),
        ),
    )
    notes = create_publication(directory, new)
    click.echo(escape_controls(display(directory / FILE)))
    for note in notes:
        print_status(note)
    place = "" if directory.absolute() == Path.cwd() else f"-C {shlex.quote(str(directory))} "
    missing = ["site_url", *([] if new.sender.email else ["from"]), "postal_address"]
    print_status(
        f"Next: fill in {', '.join(missing[:-1])} and {missing[-1]} in {FILE}, then `newsletter {place}new-issue`."
    )


def _value(option: str, given: str | None, question: str, default: str, parse: Callable[[str], Value]) -> Value:
    """Return the value of an option, or of the answer to a question in a terminal, or the default."""
    from newsletter.errors import NewsletterError

    def ask(answer: str) -> Value:
        try:
            return parse(answer)
        except NewsletterError as error:
            raise click.BadParameter(f"{error.message}. {error.advice}", param_hint=option) from error

    if given is None and sys.stdin and sys.stdin.isatty() and sys.stderr.isatty():
        answered: Value = click.prompt(question, default=default, show_default=bool(default), value_proc=ask, err=True)
        return answered
    return parse(default) if given is None else ask(given)
