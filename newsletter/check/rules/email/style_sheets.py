"""Parses the style sheets of a page into rules, their conditions, and declarations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from newsletter.check.rules.html_elements import Element

# tinycss2 is untyped. It is imported only where a page is parsed, since importing it is slow.
Token = Any


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property and the tokens of its value."""

    name: str
    value: tuple[Token, ...]
    important: bool

    @property
    def text(self) -> str:
        """The value as CSS text."""
        import tinycss2

        return str(tinycss2.serialize(self.value)).strip()


@dataclass(frozen=True, slots=True)
class StyleRule:
    """A rule of a style sheet: its selectors, the at-rules around it (`@media screen`), and its declarations."""

    selectors: str
    conditions: tuple[str, ...]
    declarations: tuple[Declaration, ...]


def style_texts(root: Element) -> list[tuple[str, str]]:
    """Return the style sheets of a page as pairs of their `media` attribute and their text."""
    return [(sheet.get("media", ""), sheet.text or "") for sheet in root.iter("style")]


def style_rules(root: Element) -> list[StyleRule]:
    """Return the rules of all style sheets of a page, in document order."""
    rules: list[StyleRule] = []
    for media, text in style_texts(root):
        rules += _rules(tokens(text), (f"@media {media}",) if media else ())
    return rules


def tokens(css: str) -> list[Token]:
    """Return the rules and at-rules of a style sheet as tinycss2 objects."""
    import tinycss2

    return list(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def nested_at_rules(css: str) -> Iterator[str]:
    """Yield each at-rule inside another as `@inner inside @outer`."""
    for outer in tokens(css):
        if outer.type == "at-rule" and outer.content is not None:
            for token in outer.content:
                if token.type == "at-keyword":
                    yield f"@{token.value} inside @{outer.at_keyword}"


@lru_cache(maxsize=2048)
def declarations(style: str) -> tuple[Declaration, ...]:
    """Return the declarations of a `style` attribute."""
    return _declarations(style)


def _rules(parsed: list[Token], conditions: tuple[str, ...]) -> Iterator[StyleRule]:
    import tinycss2

    for rule in parsed:
        if rule.type == "qualified-rule":
            yield StyleRule(tinycss2.serialize(rule.prelude).strip(), conditions, _declarations(rule.content))
        elif rule.type == "at-rule" and rule.content is not None:
            condition = f"@{rule.lower_at_keyword} {tinycss2.serialize(rule.prelude).strip()}"
            yield from _rules(tinycss2.parse_rule_list(rule.content, True, True), (*conditions, condition))


def _declarations(content: Any) -> tuple[Declaration, ...]:
    import tinycss2

    return tuple(
        Declaration(parsed.lower_name, tuple(parsed.value), parsed.important)
        for parsed in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
        if parsed.type == "declaration"
    )
