"""Writes text and comments as YAML, in the style of a file written by hand.

Reading the YAML gives the same text, whichever characters it contains.
"""

import re
import textwrap
import unicodedata

INDENT = "  "
WIDTH = 110
# Text that needs no quotes, and words that YAML 1.1 reads as booleans or null.
_BARE = re.compile(r"[^\W\d_](?:[\w .,—–'()/+&-]*[\w.)])?")
_TYPED = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
_URL = re.compile(r"https?://[\w./?=%&+~;,@!$*()-]+(?:#[\w./?=%&+~;,@!$*()-]*)?", re.ASCII)
_SHORT = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def yaml_text(text: str) -> str:
    """Format a text as a YAML value on one line, with double quotes if YAML would read it differently without."""
    if (_BARE.fullmatch(text) and text.lower() not in _TYPED) or _URL.fullmatch(text):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Format a text in double quotes, with invisible characters escaped (YAML 1.1, §5.7)."""
    return '"' + "".join(_SHORT.get(c) or (c if _shown(c) else _escaped(c)) for c in text) + '"'


def block_text(text: str, indent: str) -> str:
    """Format a text after a colon: as a literal block if YAML keeps each line, else in double quotes.

    Returns:
        The YAML with a leading space and without a line break at the end; "" for an empty text.
    """
    plain = all(_shown(c) or c in '\n"\\' for c in text)
    if not text or not plain or text[0] in " \n" or text[-1] in " \n" or re.search(r"[^\S\n]$", text, re.MULTILINE):
        return f" {quoted(text)}" if text else ""
    return " |\n" + "\n".join(indent + line if line else "" for line in text.split("\n"))


def folded_text(text: str, indent: str) -> str:
    """Format a text after a colon or a dash: one long line as a folded block, other text as `block_text` does."""
    if (
        "\n" in text
        or len(text) < WIDTH
        or text != " ".join(text.split())
        or not all(_shown(c) or c in '"\\' for c in text)
    ):
        return block_text(text, indent)
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return " >-\n" + "\n".join(indent + line for line in lines)


def remark_lines(remarks: tuple[str, ...], indent: str) -> str:
    """Format remarks for the author as YAML comments; each line begins with `indent` and ends with a line break."""
    lines = (line for remark in remarks for line in re.split("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", remark))
    return "".join(f"{indent}# {_visible(line)}".rstrip() + "\n" for line in lines)


def _shown(character: str) -> bool:
    return character.isprintable() and character != "\ufeff" and character not in _SHORT


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _visible(line: str) -> str:
    """Replace characters that YAML forbids in comments, and surrogates, which UTF-8 cannot encode, by U+FFFD."""
    return "".join(
        c if c == "\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co") else "\ufffd" for c in line
    )
