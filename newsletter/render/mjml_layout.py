r"""Lays out MJML with mrml, which never reads the author's text: contents and addresses are inserted into its output.

mrml (in mjml-python 1.4.2) damages them: it writes a zero-width joiner in an attribute as `\u{200d}`, joins the words
around a line break, and crashes on deep nesting.
"""

import re

from newsletter.errors import LayoutError

# A Unicode noncharacter. Validation rejects it in an author's text.
_MARK = "\ufdd1"
_PAIRS = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*"
# Elements that may contain HTML. Their contents are inserted after the layout.
_CONTENTS = re.compile(rf"<(mj-(?:raw|text|button|table))({_PAIRS})\s*>(.*?)</\1\s*>", re.DOTALL)
_TAG = re.compile(rf"<mj[\w-]*{_PAIRS}\s*/?>")
# Values with anything but printable ASCII, or with a backslash: mrml changes them.
_DAMAGED = re.compile(r"(=\s*)(\"[^\"]*[^ -\[\]-~\"][^\"]*\"|'[^']*[^ -\[\]-~'][^']*')")
MAX_DEPTH = 100
"""The maximum nesting of the layout, in tags."""


def lay_out(layout: str) -> str:
    """Return the HTML of MJML.

    Raises:
        LayoutError: The layout is not valid MJML or too deeply nested.
    """
    kept: list[str] = []
    layout = _extract_contents(layout, kept)
    mark = _unused_mark(layout)
    page = _render_mjml(_extract_attributes(layout, mark, kept))
    # mrml writes an invalid height for an image without one.
    page = page.replace(' height="auto"', "")
    return re.sub(f"{_MARK}(\\d+){_MARK}|{mark}(\\d+)-", lambda match: kept[int(match[1] or match[2])], page)


def _extract_contents(layout: str, kept: list[str]) -> str:
    """Replace the contents of elements with marks. White space between two tags is dropped if it has a line break."""

    def replace(match: re.Match[str]) -> str:
        kept.append(re.sub(r">[ \t]*\n\s*<", "><", match[3].strip()))
        return f"<{match[1]}{match[2]}>{_MARK}{len(kept) - 1}{_MARK}</{match[1]}>"

    return _CONTENTS.sub(replace, layout)


def _unused_mark(layout: str) -> str:
    """Return a mark for attributes that does not occur in the layout. It is ASCII, which mrml does not change."""
    mark = "VALUE-"
    while mark in layout:
        mark = f"X{mark}"
    return mark


def _extract_attributes(layout: str, mark: str, kept: list[str]) -> str:
    """Replace the values of attributes that mrml would change with marks."""

    def replace(match: re.Match[str]) -> str:
        kept.append(match[2][1:-1].replace('"', "&quot;"))
        return f'{match[1]}"{mark}{len(kept) - 1}-"'

    return _TAG.sub(lambda tag: _DAMAGED.sub(replace, tag[0]), layout)


def _render_mjml(layout: str) -> str:
    from mjml import mjml2html

    if _measure_depth(layout) > MAX_DEPTH:
        message = f"the email's layout is nested more than {MAX_DEPTH} levels deep"
        raise LayoutError(message, "Close every tag of email.mjml and its parts in your templates/ folder.")
    try:
        return mjml2html(layout, disable_comments=True, fonts={})
    except ValueError as error:
        raise LayoutError(
            f"the email's layout is not valid MJML: {_add_line(str(error), layout)}",
            "Correct email.mjml or its parts in your templates/ folder: close every tag and quote every attribute.",
        ) from error


def _measure_depth(layout: str) -> int:
    """Return how deep tags are nested. At thousands of levels mrml ends the process."""
    depth = deepest = 0
    for tag in re.finditer(r"<(/?)[\w-]+[^<>]*?(/?)>", layout):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        deepest = max(deepest, depth)
    return deepest


def _add_line(message: str, layout: str) -> str:
    """Add the line of the filled template to mrml's message, if the message contains a byte range."""
    location = re.search(r"(\d+)\.\.(\d+)", message)
    if not location:
        return message
    before = layout.encode()[: int(location[1])].decode(errors="replace")
    line = layout.splitlines()[before.count("\n")] if layout else ""
    return f"{message} (line {before.count(chr(10)) + 1} of the filled template: {line.strip()[:100]})"
