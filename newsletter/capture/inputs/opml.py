"""Parses OPML 2.0: a list of feeds, which feed readers export."""

import re
from html.entities import html5
from xml.sax.saxutils import escape

from lxml import etree

from newsletter.errors import NewsletterError

# The entities that XML defines.
_XML_ENTITIES = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_AMPERSAND = re.compile(r"&(?P<entity>#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]*;)?")


def feeds_in_opml(text: str) -> list[str]:
    """Return the URLs of the feeds in an OPML file.

    Many programs write OPML that is not valid XML: ampersands that are not escaped, entities of HTML, control
    characters, or names of attributes in another case. Such a file is read as far as possible.

    Raises:
        NewsletterError: the file is incomplete, defines entities, or contains no outlines.
    """
    if re.search(r"<!ENTITY", text[:20_000], re.IGNORECASE):
        raise NewsletterError("not a valid OPML file: it defines entities", "Export it again.")
    if "</opml" not in text[-2000:].lower():
        raise NewsletterError("not a valid OPML file: its end is missing", "Export it again.")
    # The text is decoded, so that the declaration of its encoding does not count.
    without_declaration = re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL)
    repaired = _AMPERSAND.sub(_repair, re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", without_declaration))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(repaired.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise NewsletterError(f"not a valid OPML file: {error.msg}", "Export it again.") from error
    if root is None:
        raise NewsletterError("not a valid OPML file: it contains no elements", "Export it again.")
    addresses = []
    for element in root.iter("{*}*"):
        attributes = {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
        if etree.QName(element).localname.lower() == "outline":
            addresses.append(attributes.get("xmlurl", ""))
    return list(dict.fromkeys(address for address in addresses if re.match(r"https?://", address, re.IGNORECASE)))


def _repair(match: re.Match[str]) -> str:
    """Escape an ampersand that begins no entity, and replace an entity of HTML with its character."""
    entity = match["entity"] or ""
    if entity.startswith("#") or entity in _XML_ENTITIES:
        return match[0]
    return escape(html5[entity], {'"': "&quot;"}) if entity in html5 else f"&amp;{entity}"
