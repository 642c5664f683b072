"""The registry of output formats: the files that an issue is rendered to.

To add a format, write a function that renders it (`RenderFunction`) and add a member to `Format`. The member also
defines the command `newsletter render COMMAND`. docs/extending.md has a complete example.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from newsletter.publication.campaign_parameters import Output
    from newsletter.render.templates import Templates
    from newsletter.render.views import IssueView

    RenderFunction = Callable[[IssueView, Templates, "Finished"], str]
    """Renders an issue for the templates of a publication."""

Finished = Mapping["Format", str]
"""The formats of an issue that are already rendered. A format that contains another one reads it here."""


@dataclass(frozen=True)
class FormatEntry:
    """An entry of the registry.

    Args:
        file: The name of the file in `build/SLUG/`.
        command: The command that renders it: `newsletter render COMMAND`. Formats may share a command.
        readers: The output that it belongs to, `email` or `medium`. Its links have the campaign parameters of this
            output.
        render: The function that renders it, as `module:function` below `newsletter.render`.
        contents: A description of the file, which follows the word "Render" in the help text.
    """

    file: str
    command: str
    readers: str
    render: str
    contents: str


class Format(StrEnum):
    """A file that an issue is rendered to. The value is the file's name."""

    _value_: str
    entry: FormatEntry

    EMAIL = FormatEntry(
        "email.html", "email", "email", "email:render_email", "the email: one HTML file with its styles inlined"
    )
    TEXT = FormatEntry("email.txt", "text", "email", "text_part:render_text", "the email's text part")
    MEDIUM = FormatEntry("medium.md", "medium", "medium", "medium:render_markdown", "the Medium story: Markdown")
    STORY = FormatEntry("medium.html", "medium", "medium", "medium:render_story", "rich text to paste")
    MEDIUM_JSON = FormatEntry(
        "medium.json", "medium", "medium", "medium:render_medium_json", "the request to Medium's API"
    )

    def __new__(cls, entry: FormatEntry) -> Self:
        """Create the member for an entry of the registry."""
        format = str.__new__(cls, entry.file)
        format._value_ = entry.file
        format.entry = entry
        return format

    @property
    def output(self) -> "Output":
        """The output that the format belongs to. Its links have the campaign parameters of this output."""
        from newsletter.publication.campaign_parameters import Output

        return Output(self.entry.readers)

    def load(self) -> "RenderFunction":
        """Return the function that renders the format.

        Its module is imported only now, because the libraries of the email are slow to import.
        """
        module, _, function = self.entry.render.partition(":")
        render: RenderFunction = getattr(import_module(f"newsletter.render.{module}"), function)
        return render


def formats_by_command() -> dict[str, tuple[Format, ...]]:
    """Return the formats that each command renders, in the order of the registry."""
    commands = dict.fromkeys(format.entry.command for format in Format)
    return {command: tuple(format for format in Format if format.entry.command == command) for command in commands}
