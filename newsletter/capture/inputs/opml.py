"""OPML: a list of feeds, as every reader of feeds exports it (OPML 2.0)."""

from lxml import etree

from newsletter.errors import NewsletterError


def feeds_in_opml(content: bytes) -> list[str]:
    """The addresses of its feeds.

    Raises:
        NewsletterError: it cannot be read.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NewsletterError(f"this OPML cannot be read: {error.msg}", "Export it again.") from error
    addresses = (outline.get("xmlUrl", "").strip() for outline in root.iter("outline"))
    return list(dict.fromkeys(address for address in addresses if address.startswith(("http://", "https://"))))
