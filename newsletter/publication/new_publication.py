"""A new publication: its values, and the text of its `newsletter.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from newsletter.documents.writer import INDENT, yaml_text
from newsletter.errors import NewsletterError
from newsletter.fields.address import EmailAddress
from newsletter.fields.text import Language
from newsletter.publication.scaffold_files import fill_scaffold, require_line
from newsletter.publication.section import SectionKey

_EXAMPLE_SENDER = "news@example.org"


@dataclass(frozen=True, slots=True)
class NewSender:
    """The sender of a new publication. Both values may be empty."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class NewPublication:
    """The values that the scaffold of `newsletter.yaml` is filled in with.

    `sections` are labels by key. If there are none, the publication has the default sections.
    """

    name: str
    language: str
    sender: NewSender
    sections: Mapping[SectionKey, str]


def publication_text(folders: tuple[Path, ...], new: NewPublication) -> str:
    """Return the text of a new publication's `newsletter.yaml`.

    Args:
        folders: the template folders; the first one that has the scaffold is used.
        new: the values.

    Raises:
        NewsletterError: a label contains characters that are not allowed, or the scaffold is missing.
    """
    labels = {key: yaml_text(require_line(label, "label of a section")) for key, label in new.sections.items()}
    return fill_scaffold(
        folders,
        "newsletter.yaml",
        {
            "name": yaml_text(new.name),
            "language": yaml_text(new.language),
            "from_name": f" {yaml_text(new.sender.name)}" if new.sender.name else "",
            "from_email": _plain_address(new.sender.email or _EXAMPLE_SENDER),
            "sections": "".join(f"\n{INDENT}{key}: {label}" for key, label in labels.items()),
        },
    )


def _plain_address(address: str) -> str:
    """Return an address as YAML, without quotes if it is a common one."""
    return address if re.fullmatch(r"[A-Za-z0-9][\w.+-]*@[\w.-]+", address, re.ASCII) else yaml_text(address)


def parse_name(text: str) -> str:
    """Return the name of a publication.

    Raises:
        NewsletterError: it is empty or not valid.
    """
    if not text.strip():
        raise NewsletterError("the name is empty", "Write the name of the newsletter.")
    return require_line(text, "name")


def parse_sender(text: str) -> NewSender:
    """Parse an address, with or without a name before it: `Ann Lee <ann@example.com>`. An empty text gives none.

    Raises:
        NewsletterError: the address is not valid.
    """
    if not text.strip():
        return NewSender()
    name, address = parseaddr(text)
    return NewSender(require_line(name, "name of the sender") if name else "", _valid(EmailAddress, address or text))


def parse_language(text: str) -> str:
    """Return the tag of a language.

    Raises:
        NewsletterError: it is not a tag.
    """
    return _valid(Language, text)


def _valid(field: Any, text: str) -> str:
    try:
        return str(TypeAdapter(field).validate_python(text.strip()))
    except ValidationError as error:
        reason = error.errors()[0].get("ctx", {})
        raise NewsletterError(reason["message"], reason["advice"]) from error
