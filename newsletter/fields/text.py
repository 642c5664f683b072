"""The kinds of text in an author's file: what each accepts, and the error it gives otherwise.

Every value arrives as the text that was typed; these types give it its meaning. The JSON
Schema of each says what an editor may accept, which reads `3.10` as a number.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

MAX_MARKDOWN = 20_000
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BREAK = re.compile("[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_OVERRIDES = {"\u202d", "\u202e"}
# In the last range, the planes' own noncharacters are among others.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")

REFUSED = "newsletter"
"""The kind of Pydantic's error by which a validation error of our own is known."""


def refuse(message: str, advice: str = "") -> PydanticCustomError:
    """The error of a value, in words for the author."""
    return PydanticCustomError(REFUSED, "{message}", {"message": message, "advice": advice})


def _text(value: Any) -> str:
    if value is None:
        raise refuse("this is blank", "Write a text, or take the line out.")
    if not isinstance(value, str):
        kind = "a list" if isinstance(value, list) else "keys and values"
        raise refuse(
            f"a text is needed here, and this is {kind}",
            'Put a text that begins with `[` or `{` in double quotes: "…".',
        )
    return value


def _clean(value: str) -> str:
    """Refuse what no reader can see and no output can carry (Unicode 16, §23.7 for noncharacters)."""
    # Most texts have none of these, and nothing else that is not printable: that is told ten times faster.
    if value.replace("\n", " ").isprintable() or not _REFUSED.search(value):
        return value
    for character in value:
        if (character < " " and character not in "\n\t") or "\x7f" <= character <= "\x9f":
            problem = "a control character"
        elif character in _OVERRIDES:
            problem = "an override of the writing direction, which turns the text after it around"
        elif "\ud800" <= character <= "\udfff":
            problem = "half of a surrogate pair"
        elif "\ufdd0" <= character <= "\ufdef" or ord(character) & 0xFFFE == 0xFFFE:
            problem = "a noncharacter"
        else:
            continue
        raise refuse(
            f"the text holds U+{ord(character):04X}, {problem}",
            "Take it out; it cannot be seen in most editors, so write the word again.",
        )
    return value


def require_one_line(value: str) -> str:
    """A text without white space around it, refused where it has a line break or a tab."""
    text = value.strip()
    if text.isprintable():
        return text
    if _BREAK.search(text):
        raise refuse("this text must stand on one line", "Take the line break out.")
    if "\t" in text:
        raise refuse("this text holds a tab", "Write a space instead.")
    return text


def _many_lines(value: str) -> str:
    if len(value) > MAX_MARKDOWN:
        raise refuse(
            f"this text has {len(value):,} characters, and at most {MAX_MARKDOWN:,} are taken",
            "A comment is a paragraph or a few: shorten it.",
        )
    return value.strip("\n").rstrip()


def _date(value: Any) -> datetime.date:
    text = _text(value).strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"{text} is not in the calendar", "Write the date as YYYY-MM-DD, such as 2021-09-19.") from error
    raise refuse("this is not an ISO 8601 date", "Write the date as YYYY-MM-DD, such as 2021-09-19.")


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refuse(f"`{value}` is not a language tag", "Write one such as en, ja, zh, en-GB or zh-Hant (BCP 47).")
    return value


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise refuse(
            f"`{value}` is not a short name", "Use lower-case letters, digits and single hyphens, such as mlops-basics."
        )
    return value


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise refuse("this is not a colour", 'Write six hexadecimal digits in quotes, such as "#b4430f".')
    return value.lower()


# What an editor reads in place of a text: YAML gives `3.10` and `true` types of their own.
SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}


class Prose:
    """Marks a field that holds words: a ` #` in it is meant, not a comment."""


PROSE = Prose()


def said(**schema: Any) -> WithJsonSchema:
    """What the JSON Schema says of a type."""
    return WithJsonSchema(schema)


Text = Annotated[str, BeforeValidator(_text), AfterValidator(_clean)]
Line = Annotated[Text, AfterValidator(require_one_line), said(**SCALAR), PROSE]
Markdown = Annotated[Text, AfterValidator(_many_lines), said(**SCALAR), PROSE]
Identifier = Annotated[Text, AfterValidator(require_one_line), AfterValidator(_slug), said(**SCALAR)]
Date = Annotated[datetime.date, PlainValidator(_date), said(type="string", pattern=r"^\d{4}-\d{2}-\d{2}$")]
Language = Annotated[
    Text,
    AfterValidator(require_one_line),
    AfterValidator(_language),
    said(type="string", pattern=f"^{_LANGUAGE.pattern}$"),
]
Colour = Annotated[
    Text, AfterValidator(require_one_line), AfterValidator(_colour), said(type="string", pattern="^#[0-9A-Fa-f]{6}$")
]


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number in ASCII digits, between two bounds; stands in `Annotated[int, WholeNumber(1, 9)]`."""

    least: int
    most: int

    def parse(self, value: Any) -> int:
        """The number that a text says."""
        if isinstance(value, int):
            return value
        text = _text(value).strip()
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not self.least <= int(text) <= self.most:
            raise refuse("a whole number is needed here", f"Write digits only, from {self.least} to {self.most}.")
        return int(text)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": "^[0-9]+$"}]}


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no, written `true` or `false`; stands in `Annotated[bool, Flag()]`."""

    def parse(self, value: Any) -> bool:
        """What a text says."""
        if isinstance(value, bool):
            return value
        text = _text(value).strip()
        if text not in ("true", "false"):
            raise refuse(f"`{text}` is neither `true` nor `false`", "Write one of the two, without quotes.")
        return text == "true"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "boolean"}
