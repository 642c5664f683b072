"""Converts Ghost's documents to HTML: Lexical, and Mobiledoc of earlier versions."""

import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

from newsletter.errors import NewsletterError
from newsletter.importing.json_files import text_of

Node = dict[str, Any]
# The bits of a Lexical text's format.
_FORMATS = ((1, "strong"), (2, "em"), (16, "code"))
_HEADING = re.compile(r"h[1-6]")


def lexical_to_html(text: str, name: str) -> str:
    """Convert a Lexical document to HTML. Returns "" for an empty text.

    Raises:
        NewsletterError: The document is not valid JSON.
    """
    root = _load(text, name).get("root")
    return _children(root) if isinstance(root, dict) else ""


def mobiledoc_to_html(text: str, name: str) -> str:
    """Convert a Mobiledoc document to HTML. Returns "" for an empty text.

    Raises:
        NewsletterError: The document is not valid JSON.
    """
    document = _load(text, name)
    cards, markups = _list(document.get("cards")), _list(document.get("markups"))
    return "".join(_section(section, cards, markups) for section in _list(document.get("sections")))


def _load(text: str, name: str) -> Node:
    if not text:
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"the content of {name} is not valid JSON: {error}"
        raise NewsletterError(message, "Nothing was changed. Check that the export is complete.") from error
    return document if isinstance(document, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _children(node: Node) -> str:
    return "".join(_node(child) for child in _list(node.get("children")) if isinstance(child, dict))


def _node(node: Node) -> str:
    kind = text_of(node, "type")
    if kind in ("text", "extended-text"):
        return _text(node)
    if kind == "linebreak":
        return "<br>"
    if kind in ("heading", "extended-heading"):
        tag = text_of(node, "tag")
        tag = tag if _HEADING.fullmatch(tag) else "h2"
        return f"<{tag}>{_children(node)}</{tag}>"
    if kind == "list":
        tag = "ol" if node.get("listType") == "number" else "ul"
        return f"<{tag}>{_children(node)}</{tag}>"
    if kind == "listitem":
        return f"<li>{_children(node)}</li>"
    if kind in ("link", "autolink"):
        return f'<a href="{escape(text_of(node, "url"))}">{_children(node)}</a>'
    if kind in ("quote", "extended-quote", "aside"):
        return f"<blockquote>{_children(node)}</blockquote>"
    if kind in _CARDS:
        return _CARDS[kind](node)
    inner = _children(node)
    return f"<p>{inner}</p>" if inner else _unknown(node)


def _text(node: Node) -> str:
    words, format = escape(text_of(node, "text")), node.get("format")
    for bit, tag in _FORMATS:
        if isinstance(format, int) and format & bit and words.strip():
            words = f"<{tag}>{words}</{tag}>"
    return words


def _image(card: Node) -> str:
    image = f'<img src="{escape(text_of(card, "src"))}" alt="{escape(text_of(card, "alt"))}">'
    caption = text_of(card, "caption")
    return f"<figure>{image}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def _bookmark(card: Node) -> str:
    metadata = card.get("metadata")
    data = metadata if isinstance(metadata, dict) else card
    url, caption = text_of(card, "url") or text_of(data, "url"), text_of(card, "caption")
    return (
        f'<figure class="kg-bookmark-card"><a class="kg-bookmark-container" href="{escape(url)}">'
        f'<div class="kg-bookmark-title">{escape(text_of(data, "title"))}</div>'
        f'<div class="kg-bookmark-description">{escape(text_of(data, "description"))}</div></a></figure>'
        f"{f'<p>{caption}</p>' if caption else ''}"
    )


def _embed(card: Node) -> str:
    url = escape(text_of(card, "url"))
    return f'<p><a href="{url}">{url}</a></p>' if url else text_of(card, "html")


def _markdown(card: Node) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").render(text_of(card, "markdown")))


def _callout(card: Node) -> str:
    return f"<p>{text_of(card, 'calloutText') or text_of(card, 'content')}</p>"


def _button(card: Node) -> str:
    url, words = text_of(card, "buttonUrl"), text_of(card, "buttonText")
    return f'<p><a href="{escape(url)}">{escape(words)}</a></p>' if url else ""


def _unknown(node: Node) -> str:
    """Return the texts of a card of another kind, so that nothing is lost."""
    kept = [value for key, value in node.items() if isinstance(value, str) and key not in ("type", "mode", "format")]
    return "".join(f"<p>{escape(value)}</p>" for value in kept if re.search(r"\w\s|://", value))


_CARDS: dict[str, Callable[[Node], str]] = {
    "image": _image,
    "bookmark": _bookmark,
    "embed": _embed,
    "html": lambda card: text_of(card, "html"),
    "email": lambda card: text_of(card, "html"),
    "markdown": _markdown,
    "card-markdown": _markdown,
    "callout": _callout,
    "button": _button,
    "horizontalrule": lambda _: "<hr>",
    "hr": lambda _: "<hr>",
    "code": lambda card: f"<pre>{escape(text_of(card, 'code'))}</pre>",
    "codeblock": lambda card: f"<pre>{escape(text_of(card, 'code'))}</pre>",
    "paywall": lambda _: "",
}


def _section(section: Any, cards: list[Any], markups: list[Any]) -> str:
    """Convert a section of Mobiledoc: markup (1), image (2), list (3) or card (10)."""
    match section:
        case [1, str(tag), list(markers), *_]:
            return f"<{tag}>{_markers(markers, markups)}</{tag}>"
        case [2, str(source), *_]:
            return f'<img src="{escape(source)}">'
        case [3, str(tag), list(items), *_]:
            return f"<{tag}>{''.join(f'<li>{_markers(_list(item), markups)}</li>' for item in items)}</{tag}>"
        case [10, int(index), *_] if 0 <= index < len(cards):
            match cards[index]:
                case [str(kind), dict(card), *_]:
                    return _CARDS[kind](card) if kind in _CARDS else _unknown(card)
    return ""


def _markers(markers: list[Any], markups: list[Any]) -> str:
    """Convert the texts of a section. Each opens and closes markups."""
    text, opened = "", list[str]()
    for marker in markers:
        match marker:
            case [kind, list(opens), int(closes), value, *_]:
                for number in opens:
                    tag, attributes = _markup(markups, number)
                    text += f"<{tag}{attributes}>"
                    opened.append(tag)
                text += escape(value) if kind == 0 and isinstance(value, str) else "<br>"
                for _ in range(min(closes, len(opened))):
                    text += f"</{opened.pop()}>"
    return text + "".join(f"</{tag}>" for tag in reversed(opened))


def _markup(markups: list[Any], number: Any) -> tuple[str, str]:
    match markups[number] if isinstance(number, int) and 0 <= number < len(markups) else None:
        case [str(tag), list(pairs), *_]:
            named = dict(zip(pairs[::2], pairs[1::2], strict=False))
            return tag, f' href="{escape(named["href"])}"' if isinstance(named.get("href"), str) else ""
        case [str(tag), *_]:
            return tag, ""
    return "span", ""
