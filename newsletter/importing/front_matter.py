"""Reads the front matter of a Markdown file: YAML, TOML or JSON before the text."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.documents.nodes import Mapping as MappingNode
from newsletter.documents.nodes import Scalar
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import NewsletterError

_YAML = re.compile(r"\A---[ \t]*\n(?P<front>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(?P<front>.*?)^\+\+\+[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_JSON = re.compile(r"\A\{[ \t]*\n(?P<front>.*?)^\}[ \t]*$\n?", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class FrontMatter:
    """The front matter of a file.

    Args:
        values: Its values that are not lists or mappings, as text.
        body: The text below it.
        line: The line of the file where the text begins, from 1.
    """

    values: Mapping[str, str]
    body: str
    line: int


def split_front_matter(text: str, name: str) -> FrontMatter:
    """Split a text into front matter and body. The front matter may be missing.

    Raises:
        DocumentError: YAML front matter cannot be parsed.
        NewsletterError: TOML or JSON front matter cannot be parsed.
    """
    for pattern, read in ((_YAML, _yaml), (_TOML, _toml), (_JSON, _json)):
        if found := pattern.match(text):
            return FrontMatter(read(found["front"], name), text[found.end() :], 1 + text.count("\n", 0, found.end()))
    return FrontMatter({}, text, 1)


def _yaml(front: str, name: str) -> dict[str, str]:
    # The line before the text keeps the lines of errors right.
    root = compose(Source(name, "\n" + front))
    if not isinstance(root, MappingNode):
        return {}
    return {key: node.value for key, node in root.values.items() if isinstance(node, Scalar)}


def _toml(front: str, name: str) -> dict[str, str]:
    try:
        return _scalars(tomllib.loads(front))
    except tomllib.TOMLDecodeError as error:
        raise _invalid(name, "TOML", error) from error


def _json(front: str, name: str) -> dict[str, str]:
    try:
        return _scalars(json.loads("{" + front + "}"))
    except (ValueError, RecursionError) as error:
        raise _invalid(name, "JSON", error) from error


def _scalars(values: Mapping[str, object]) -> dict[str, str]:
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in values.items()
        if value is not None and not isinstance(value, list | dict)
    }


def _invalid(name: str, language: str, error: Exception) -> NewsletterError:
    return NewsletterError(
        f"the front matter of {name} is not valid {language}: {error}", "Nothing was changed. Correct the front matter."
    )
