"""Field types for text, numbers, dates and booleans.

Each value arrives as text and is converted here. The JSON Schema of a type is for editors, which parse YAML by
themselves and read `3.10` as a number.
"""

import datetime
import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from newsletter.text.slug_pattern import SLUG

MAX_MARKDOWN = 20_000
MAX_FACTOR = 5
_BREAK = re.compile("[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_OVERRIDES = {"\u202d", "\u202e"}
# The last range contains the noncharacters at the end of each plane, among other characters.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
# Words for booleans in YAML 1.1, in lower case, which are no names.
_BOOLEANS = {"yes", "no", "on", "off", "y", "n", "true", "false"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

REFUSED = "newsletter"
"""The type of Pydantic errors that `refuse` creates."""


def refuse(message: str, advice: str = "") -> PydanticCustomError:
    """Create a validation error with a message and advice for the author."""
    return PydanticCustomError(REFUSED, "{message}", {"message": message, "advice": advice})


def _text(value: Any) -> str:
    if value is None:
        raise refuse("the value is missing", "Add text, or remove the line.")
    if not isinstance(value, str):
        kind = "a list" if isinstance(value, list) else "keys and values"
        raise refuse(
            f"expected text, found {kind}",
            'Put text that begins with `[` or `{` in double quotes: "…".',
        )
    return value


def _clean(value: str) -> str:
    """Reject invisible characters that the outputs cannot contain (Unicode 16, §23.7 for noncharacters)."""
    # `isprintable` is ten times as fast as the regular expression, and true for most texts.
    if value.replace("\n", " ").isprintable() or not _REFUSED.search(value):
        return value
    for character in value:
        if (character < " " and character not in "\n\t") or "\x7f" <= character <= "\x9f":
            problem = "a control character"
        elif character in _OVERRIDES:
            problem = "an override of the writing direction"
        elif "\ud800" <= character <= "\udfff":
            problem = "half of a surrogate pair"
        elif "\ufdd0" <= character <= "\ufdef" or ord(character) & 0xFFFE == 0xFFFE:
            problem = "a noncharacter"
        else:
            continue
        raise refuse(
            f"the text contains U+{ord(character):04X}, {problem}",
            "Delete the word and type it again. Most editors do not show this character.",
        )
    return value


def require_one_line(value: str) -> str:
    """Validate text on one line: without line breaks and tabs. Removes white space around it."""
    text = value.strip()
    if text.isprintable():
        return text
    if _BREAK.search(text):
        raise refuse("expected one line, found a line break", "Remove the line break.")
    if "\t" in text:
        raise refuse("the text contains a tab", "Replace it with a space.")
    return text


def parse_line(value: Any) -> str:
    """Parse text on one line, without white space around it.

    Raises:
        PydanticCustomError: It is no text, has several lines, or contains a character that outputs cannot contain.
    """
    return require_one_line(_clean(_text(value)))


def _flag_or_line(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    text = parse_line(value)
    return text == "true" if text in ("true", "false") else text


def _many_lines(value: str) -> str:
    if len(value) > MAX_MARKDOWN:
        raise refuse(
            f"the text has {len(value):,} characters; the limit is {MAX_MARKDOWN:,}",
            "Shorten it to a few paragraphs.",
        )
    return value.strip("\n").rstrip()


def _date(value: Any) -> datetime.date:
    text = _text(value).strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"not a valid date: `{text}`", "Write the date as YYYY-MM-DD, such as 2021-09-19.") from error
    raise refuse("not a valid date", "Write the date as YYYY-MM-DD, such as 2021-09-19.")


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refuse(f"not a valid language tag: `{value}`", "Use one such as en, ja, zh, en-GB or zh-Hant (BCP 47).")
    return value


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise refuse(
            f"not a valid id: `{value}`", "Use lower-case letters, digits and single hyphens, such as mlops-basics."
        )
    return value


def _variable_name(value: str) -> str:
    # The message does not repeat the value, which may be a password.
    if not _VARIABLE.fullmatch(value):
        advice = "Use letters, digits and `_`, such as NEWSLETTER_SMTP_PASSWORD. Set the password in that variable."
        raise refuse("not the name of an environment variable", advice)
    return value


def _factor(value: Any) -> float:
    text = _text(str(value) if isinstance(value, int | float) else value).strip()
    if not re.fullmatch(r"\d(\.\d{1,3})?", text, re.ASCII) or not 1 < float(text) <= MAX_FACTOR:
        raise refuse("not a valid factor", f"Use a number above 1, up to {MAX_FACTOR}, such as 1.5 or 2.")
    return float(text)


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise refuse("not a valid colour", 'Use six hexadecimal digits in quotes, such as "#b4430f".')
    return value.lower()


# Types that an editor may read instead of text: in YAML, `3.10` is a number and `true` a boolean.
SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}


class Prose:
    """Marks a field of prose. In such a field, authors mean ` #` as text, not as a comment."""


PROSE = Prose()


def json_schema(**schema: Any) -> WithJsonSchema:
    """Set the JSON Schema of a type."""
    return WithJsonSchema(schema)


class Parsed:
    """Parses a value by functions, for `Annotated[str, Parsed(text, line)]`. Each gets what the one before returns.

    Pydantic's own validators take longer to build, because it inspects the signature of each function.
    """

    def __init__(self, *steps: Callable[[Any], Any]) -> None:
        self._steps = steps

    def parse(self, value: Any) -> Any:
        """Parse a value.

        Raises:
            PydanticCustomError: A function refuses it.
        """
        for step in self._steps:
            value = step(value)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)


class Checked:
    """Checks or converts a value that its type has validated, for `Annotated[Line, Checked(check)]`."""

    def __init__(self, check: Callable[[Any], Any]) -> None:
        self._check = check

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))


Line = Annotated[str, Parsed(parse_line), json_schema(**SCALAR), PROSE]
FlagOrLine = Annotated[bool | str, Parsed(_flag_or_line), json_schema(**SCALAR), PROSE]
Markdown = Annotated[str, Parsed(_text, _clean, _many_lines), json_schema(**SCALAR), PROSE]
Identifier = Annotated[str, Parsed(parse_line, _slug), json_schema(**SCALAR)]
VariableName = Annotated[
    str, Parsed(_text, _clean, _variable_name), json_schema(type="string", pattern=f"^{_VARIABLE.pattern}$")
]
Date = Annotated[datetime.date, Parsed(_date), json_schema(type="string", pattern=r"^\d{4}-\d{2}-\d{2}$")]
Factor = Annotated[
    float,
    Parsed(_factor),
    json_schema(
        anyOf=[
            {"type": "number", "exclusiveMinimum": 1, "maximum": MAX_FACTOR},
            {"type": "string", "pattern": r"^[1-9](\.[0-9]{1,3})?$"},
        ]
    ),
]
Language = Annotated[
    str,
    Parsed(parse_line, _language),
    json_schema(type="string", pattern=f"^{_LANGUAGE.pattern}$"),
]
Colour = Annotated[
    str,
    Parsed(parse_line, _colour),
    json_schema(type="string", pattern="^#[0-9A-Fa-f]{6}$"),
]


class WholeNumber(NamedTuple):
    """A whole number in ASCII digits between two bounds, for `Annotated[int, WholeNumber(1, 9)]`."""

    least: int
    most: int

    def parse(self, value: Any) -> int:
        """Parse a number.

        Raises:
            PydanticCustomError: It is not a whole number between the bounds.
        """
        if isinstance(value, int):
            return value
        text = _text(value).strip()
        if not re.fullmatch(r"\d{1,40}", text, re.ASCII):
            raise refuse("expected a whole number", f"Use digits only, from {self.least} to {self.most}.")
        number = int(text)
        if not self.least <= number <= self.most:
            raise refuse(f"expected a number from {self.least} to {self.most}, found {number}")
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": "^[0-9]+$"}]}


class Sponsor:
    """Whether something is sponsored, or the sponsor's name, for `Annotated[bool | str, Sponsor()]`."""

    def parse(self, value: Any) -> bool | str:
        """Parse `true`, `false` or a name on one line.

        Raises:
            PydanticCustomError: It is neither, or another spelling of `true` or `false`, such as `yes`.
        """
        if isinstance(value, bool):
            return value
        text = parse_line(value)
        if text in ("true", "false"):
            return text == "true"
        if text.casefold() in _BOOLEANS:
            raise refuse(
                f"expected `true` or the sponsor's name, found `{text}`", "Write `true`, or the name of the sponsor."
            )
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(SCALAR)


class Flag:
    """A boolean, written `true` or `false`, for `Annotated[bool, Flag()]`."""

    def parse(self, value: Any) -> bool:
        """Parse a boolean.

        Raises:
            PydanticCustomError: It is neither `true` nor `false`.
        """
        if isinstance(value, bool):
            return value
        text = _text(value).strip()
        if text not in ("true", "false"):
            raise refuse(f"expected `true` or `false`, found `{text}`", "Use `true` or `false`, without quotes.")
        return text == "true"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "boolean"}
