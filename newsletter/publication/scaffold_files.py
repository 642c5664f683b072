"""Fills in scaffolds: the template files of a new publication and a new issue."""

import re
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.files import display
from newsletter.publication.template_folders import read_from


def fill_scaffold(folders: tuple[Path, ...], name: str, values: dict[str, str]) -> str:
    """Return the text of a scaffold, with each `@name@` of a value replaced by it.

    Raises:
        NewsletterError: no folder has the scaffold, or it leads out of the publication.
    """
    folder = next((folder for folder in folders if (folder / "scaffold" / name).is_file()), None)
    if folder is None:
        raise NewsletterError(
            f"the scaffold {name} is missing from {display(folders[-1] / 'scaffold')}", "Reinstall newsletter."
        )
    text = read_from(folder, folder / "scaffold" / name).text
    return re.sub(r"@([a-z_]+)@", lambda match: values.get(match[1], match[0]), text)


def require_line(text: str, name: str) -> str:
    """Return a text without surrounding white space.

    Args:
        text: the text.
        name: the name of the value, for the error message.

    Raises:
        NewsletterError: the text is not valid as one line in an author's file.
    """
    from pydantic import TypeAdapter, ValidationError

    from newsletter.fields.text import Line

    try:
        return TypeAdapter[str](Line).validate_python(text)
    except ValidationError as error:
        reason = error.errors()[0].get("ctx", {})
        raise NewsletterError(f"the {name}: {reason['message']}", reason["advice"]) from error
