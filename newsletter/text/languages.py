"""Language tags (BCP 47)."""

import re
from collections.abc import Collection

_RIGHT_TO_LEFT = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"}


def fallbacks(language: str) -> list[str]:
    """Return a tag and its fallbacks, such as zh-Hant-TW, zh-Hant, zh (RFC 4647, §3.4)."""
    parts = language.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


def script_direction(language: str) -> str | None:
    """Return `rtl` or `ltr` for the script of a tag, or None if the tag contains no script."""
    script = next((part for part in language.split("-")[1:] if len(part) == 4 and part.isalpha()), None)
    return None if script is None else "rtl" if script in _RIGHT_TO_LEFT else "ltr"


def east_asian_language(text: str) -> str:
    """Return `ja`, `ko` or `zh` if more than a fifth of the letters belong to its script, else ""."""
    letters = len(re.findall(r"[^\W\d_]", text)) or 1
    kana, hangul, han = (
        len(re.findall(f"[{span}]", text)) for span in ("\u3041-\u30ff", "\uac00-\ud7a3", "\u4e00-\u9fff")
    )
    if hangul > letters / 5:
        return "ko"
    if kana + han > letters / 5:
        return "ja" if kana > han / 10 else "zh"
    return ""


def preferred_language(header: str, known: Collection[str]) -> str | None:
    """Return the known language that a browser prefers (Accept-Language, RFC 9110, §12.5.4), or None."""
    weighed: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        tag, _, weight = part.partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{1,3})?)\s*", weight)
        weighed.append((float(quality[1]) if quality else 1.0, tag.strip()))
    for value, tag in sorted(weighed, key=lambda pair: -pair[0]):
        for candidate in fallbacks(tag) if value else ():
            if candidate in known:
                return candidate
    return None
