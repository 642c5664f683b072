"""Reads and validates `newsletter.yaml`, and locates each of its values for error messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents.located_document import Document, unsupported_markdown_problems
from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.paths import Steps, scalars
from newsletter.documents.references import dangling_references
from newsletter.documents.root_mapping import require_mapping
from newsletter.documents.source import Source
from newsletter.documents.validate import validate
from newsletter.documents.yaml_tree import compose
from newsletter.errors import Problem
from newsletter.publication.by_language import EVERY_LANGUAGE
from newsletter.publication.find_publication import publication_source
from newsletter.publication.section_settings import section_problems
from newsletter.publication.settings import Publication
from newsletter.publication.subscribe_settings import subscribe_problems
from newsletter.text import markdown, tree
from newsletter.text.images import COLUMN


@dataclass(frozen=True)
class PublicationDocument(Document):
    """A publication with the file that it was read from."""

    publication: Publication

    def texts(self) -> Iterator[tuple[Steps, str]]:
        """Yield every Markdown text with its path in the document: those about the author and for new subscribers."""
        if self.publication.about:
            yield ("about",), self.publication.about
        for language, text in self.publication.delivery.welcome_text.items():
            yield ("delivery", "welcome_text", *(() if language == EVERY_LANGUAGE else (language,))), text

    def images(self) -> Iterator[tuple[Steps, str, int]]:
        """Yield every image's path in the document, its path or URL, and its maximum width in pixels."""
        if self.publication.logo:
            yield ("logo", "image"), self.publication.logo.image, self.publication.logo.width
        for steps, text in self.texts():
            for child in tree.walk(markdown.parse(text)):
                if isinstance(child, tree.Image):
                    yield steps, child.source, COLUMN

    def warnings(self) -> Iterator[Problem]:
        """Yield a warning for each piece of unsupported Markdown in a text."""
        for steps, text in self.texts():
            yield from unsupported_markdown_problems(self, steps, text)


def read_publication(root: Path) -> PublicationDocument:
    """Read the publication of a folder.

    Raises:
        NotFoundError, AccessError: the file does not exist or cannot be read, or leads out of the folder.
        DocumentError: the file has errors; the exception lists all of them.
    """
    return parse_publication(publication_source(root))


def parse_publication(source: Source) -> PublicationDocument:
    """Parse the text of `newsletter.yaml`.

    Raises:
        DocumentError: the file has errors; the exception lists all of them.
    """
    located = require_mapping(source, compose(source), "name")
    problems = [problem for steps, text in _texts(located) for problem in dangling_references(source, steps, text, [])]
    problems += [*section_problems(source, located), *subscribe_problems(source, located)]
    return PublicationDocument(source, located, validate(source, located, Publication, problems))


def _texts(located: Mapping) -> Iterator[tuple[Steps, Scalar]]:
    """Yield the located texts in Markdown, whether or not they are valid, with their paths."""
    delivery = located.values.get("delivery")
    welcome = delivery.values.get("welcome_text") if isinstance(delivery, Mapping) else None
    for steps, node in (("about",), located.values.get("about")), (("delivery", "welcome_text"), welcome):
        yield from ((((*steps, *below), scalar) for below, scalar in scalars(node)) if node else ())
