"""A parsed file: its text, its tree, and the location of each part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.paths import Steps, format_path, location_of
from newsletter.documents.source import Source
from newsletter.errors import Problem, Severity
from newsletter.text import markdown


@dataclass(frozen=True)
class Document:
    """A YAML file of the author that has been parsed."""

    source: Source
    root: Mapping

    def problem(
        self,
        steps: Steps,
        message: str,
        advice: str,
        severity: Severity = Severity.ERROR,
        line: int | None = None,
        within: str = "",
    ) -> Problem:
        """Return a problem at a part of the file.

        Args:
            steps: The path to the part.
            message: What is wrong.
            advice: What to do.
            severity: How serious the problem is.
            line: A line of a block text, counted from 0. None for the start of the text.
            within: Words in the text to point at; line breaks between them do not matter.
        """
        location, node = location_of(self.root, steps)
        number, column = location.line, location.column
        if within and isinstance(node, Scalar):
            wrapped = re.compile(r"\s+".join(map(re.escape, within.split())))
            start, end = node.location.start, node.location.end
            # The header of a block may have a comment.
            start = max(start, self.source.text.find("\n", start, end)) if node.block else start
            found = wrapped.search(self.source.text, start, end)
            number, column = self.source.position(found.start()) if found else (number, column)
        if line is not None and isinstance(node, Scalar) and node.block:
            number += 1 + line
            column = len(self.source.line(number)) - len(self.source.line(number).lstrip())
        return self.source.problem(number, column, message, advice, format_path(steps), severity)


def unsupported_markdown_problems(document: Document, steps: Steps, text: str) -> Iterator[Problem]:
    """Yield a warning for each piece of unsupported Markdown in a text."""
    for found in markdown.unsupported_markdown(text):
        message = f"{found.what} is shown as plain text"
        yield document.problem(steps, message, found.advice, Severity.WARNING, found.line)
