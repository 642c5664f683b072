"""What the rules on an email check: the rendered email, and the entry to which each part of it belongs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.check.rule import Finding
from newsletter.check.rules.email.entry_regions import Region, element_offsets, marked, regions
from newsletter.check.rules.html_elements import Element
from newsletter.documents.paths import Steps
from newsletter.issue.issue_file import IssueDocument
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.publication_file import PublicationDocument
from newsletter.render.renderer import Renderer
from newsletter.text.images import HostedImage

# Every command that lists the rules imports this module, so rendering and parsing are imported where they are used.
if TYPE_CHECKING:
    from newsletter.check.rules.email.computed_styles import Styling
    from newsletter.render.views import EntryView, IssueView


@dataclass(frozen=True, slots=True)
class EntryPart:
    """An entry of the email.

    Attributes:
        steps: The steps to it in the issue's file.
        url: Its URL. That of its view may be a link that counts clicks.
        view: Its view for templates.
        region: Its part of the HTML, or None.
    """

    steps: Steps
    url: str
    view: "EntryView"
    region: Region | None


@dataclass(frozen=True)
class RenderedEmail:
    """An email: its two parts, its issue, and the images that `newsletter` hosts, by their URLs."""

    html: str
    text: str
    document: IssueDocument
    publication: PublicationDocument
    view: "IssueView"
    entries: tuple[EntryPart, ...]
    images: Mapping[str, HostedImage]

    def destination(self, address: str) -> str:
        """Return where a link leads. A link that counts clicks leads to the URL of its entry."""
        return self._destinations.get(address, address)

    @cached_property
    def _destinations(self) -> dict[str, str]:
        return {part.view.url: part.url for part in self.entries}

    @cached_property
    def root(self) -> Element:
        """The HTML as a tree."""
        from lxml import etree

        return etree.fromstring(self.html, etree.HTMLParser())

    @cached_property
    def elements(self) -> list[Element]:
        """All elements in document order."""
        return list(self.root.iter("*"))

    @cached_property
    def styling(self) -> "Styling":
        """The computed styles of the elements."""
        from newsletter.check.rules.email.computed_styles import Styling

        return Styling(self.root)

    @cached_property
    def located(self) -> bool:
        """Whether the parts of the HTML that belong to entries are known."""
        return any(part.region for part in self.entries)

    def entry_of(self, element: Element) -> EntryPart | None:
        """Return the entry to which an element belongs, or None if it is outside the entries or unknown."""
        offset = self._offsets.get(element)
        if offset is None:
            return None
        return next((part for part in self.entries if part.region and offset in part.region), None)

    def findings(self, faults: Iterable[tuple[Element, str]], advice: str, field: str = "") -> Iterator[Finding]:
        """Yield one finding for each message, at the entry of the first element, with the number of elements.

        Args:
            faults: elements with their messages.
            advice: the advice of all findings.
            field: the field of the entry where the finding is located, or "" for the entry itself.
        """
        places: dict[str, list[Element]] = {}
        for element, message in faults:
            places.setdefault(message, []).append(element)
        for message, elements in places.items():
            part = self.entry_of(elements[0])
            steps = (*part.steps, field) if part and field else part.steps if part else ()
            times = f", {len(elements)} times" if len(elements) > 1 else ""
            outside = " (outside the entries)" if self.located and part is None else ""
            yield Finding(steps, message + times + outside, advice)

    @cached_property
    def _offsets(self) -> dict[Element, int]:
        return element_offsets(self.html, self.elements)


def render_for_rules(renderer: Renderer, document: IssueDocument) -> RenderedEmail:
    """Render the email of an issue for the rules.

    Raises:
        DocumentError: an image cannot be used, or there are no labels for the issue's language.
        TemplateError, LayoutError: a template fails.
    """
    from newsletter.render.email import render_email
    from newsletter.render.text_part import render_text

    pictures = renderer.pictures_of(document)
    urls = {picture.url for picture in (*pictures.values(), *renderer.own_pictures.values())}
    images = {url: image for url in urls if (image := renderer.images.hosted(url))}
    view, templates = renderer.view(document, Output.EMAIL), renderer.templates
    html = render_email(view, templates, {})
    views = [entry for section in view.sections for entry in section.entries]
    found = list(document.issue.entries())
    steps = [("sections", section, index) for section, index, _ in found]
    urls_of = [entry.url for _, _, entry in found]
    places = regions(html, render_email(marked(view), templates, {}), len(views))
    entries = tuple(map(EntryPart, steps, urls_of, views, places))
    return RenderedEmail(
        html, render_text(view, templates, {}), document, renderer.workspace.document, view, entries, images
    )
