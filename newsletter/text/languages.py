"""Language tags (BCP 47)."""

import re
from collections.abc import Collection

_RIGHT_TO_LEFT = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"}


def fallbacks(language: str) -> list[str]:
    """A tag, and what is left as its last parts are taken off: zh-Hant-TW, zh-Hant, zh (RFC 4647, §3.4)."""
    parts = language.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


def script_direction(language: str) -> str | None:
    """`rtl` or `ltr` where the tag names a script, and nothing where it does not."""
    script = next((part for part in language.split("-")[1:] if len(part) == 4 and part.isalpha()), None)
    return None if script is None else "rtl" if script in _RIGHT_TO_LEFT else "ltr"


def east_asian_language(text: str) -> str:
    """`ja`, `ko` or `zh` where a good part of a text's letters are of that language's script; else nothing."""
    letters = len(re.findall(r"[^\W\d_]", text)) or 1
    kana, hangul, han = (
        len(re.findall(f"[{span}]", text)) for span in ("\u3041-\u30ff", "\uac00-\ud7a3", "\u4e00-\u9fff")
    )
    if hangul > letters / 5:
        return "ko"
    if kana + han > letters / 5:
        return "ja" if kana > han / 10 else "zh"
    return ""


def wanted(header: str, known: Collection[str]) -> str | None:
    """The known language that a browser likes best (Accept-Language, RFC 9110, §12.5.4), if it takes any."""
    weighed: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        tag, _, weight = part.partition(";")
        said = re.fullmatch(r"\s*q=([01](?:\.\d{1,3})?)\s*", weight)
        weighed.append((float(said[1]) if said else 1.0, tag.strip()))
    for quality, tag in sorted(weighed, key=lambda one: -one[0]):
        for candidate in fallbacks(tag) if quality else ():
            if candidate in known:
                return candidate
    return None
