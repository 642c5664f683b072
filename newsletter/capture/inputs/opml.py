"""Parses OPML 2.0: a list of feeds, which feed readers export."""

from lxml import etree

from newsletter.errors import NewsletterError


def feeds_in_opml(content: bytes) -> list[str]:
    """Return the URLs of the feeds in an OPML file.

    Raises:
        NewsletterError: the file is not valid XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NewsletterError(f"not a valid OPML file: {error.msg}", "Export it again.") from error
    addresses = (outline.get("xmlUrl", "").strip() for outline in root.iter("outline"))
    return list(dict.fromkeys(address for address in addresses if address.startswith(("http://", "https://"))))
