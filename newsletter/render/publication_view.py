"""The parts of a view that come from the publication: its texts, logo and links, and the welcome text."""

from collections.abc import Mapping

from newsletter.publication.by_language import text_in
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.labels import Labels
from newsletter.publication.settings import Logo, Publication
from newsletter.render.views import FooterItem, IssueView, SubscribeView
from newsletter.text import markdown, tree
from newsletter.text.images import Picture
from newsletter.text.tree import Blocks, Image, Inline, Link
from newsletter.text.typography import typeset_blocks


def with_welcome(
    view: IssueView, publication: Publication, pictures: Mapping[str, Picture], language: str
) -> IssueView:
    """Return the view of an issue with the welcome text above it, whose beginning is the preheader.

    Args:
        view: The view. Without a welcome text, it is returned as it is.
        publication: The settings.
        pictures: The pictures of the publication by the addresses of its images.
        language: The language of the new subscriber.
    """
    text = text_in(publication.delivery.welcome_text, language, publication.language)
    if not text:
        return view
    blocks = publication_blocks(text, publication, language, pictures)
    opening = " ".join(next(tree.paragraphs(blocks), "").split())
    return view._replace(intro=(*blocks, *view.intro), preheader=opening or view.preheader)


def publication_blocks(text: str, publication: Publication, language: str, pictures: Mapping[str, Picture]) -> Blocks:
    """Parse a text of the settings in Markdown, set the marks of its language, and size its images.

    Args:
        text: The Markdown.
        publication: The settings.
        language: The language of the text.
        pictures: The pictures of the publication by the addresses of its images.
    """

    def size_image(child: Link | Image) -> Inline:
        if isinstance(child, Link):
            return child
        picture = pictures[child.source]
        return Image(picture.url, child.alt, picture.width, picture.height)

    blocks = markdown.parse(text)
    if publication.typography:
        blocks = typeset_blocks(blocks, language)
    return tree.rewrite(blocks, size_image)


def logo_image(logo: Logo | None, name: str, pictures: Mapping[str, Picture]) -> Image | None:
    """Return the logo in the size of the masthead, or None if the publication has none."""
    if logo is None:
        return None
    picture = pictures[logo.image]
    return Image(picture.url, logo.alt or name, picture.width, picture.height)


def subscribe_view(publication: Publication, labels: Labels, output: Output) -> SubscribeView | None:
    """Return the call to subscribe, or None without a link. An email asks readers who got it forwarded."""
    link = publication.links.subscribe
    if link is None:
        return None
    label = (labels.forwarded if output is Output.EMAIL else None) or labels.subscribe_call
    return SubscribeView(link.teaser or label, link.title or labels.subscribe, link.url)


def other_writing(publication: Publication) -> tuple[FooterItem, ...]:
    """Return the links to the author's other writing."""
    return tuple(FooterItem(link.title, link.url, link.teaser or "") for link in publication.links.other)
