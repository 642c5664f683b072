"""Language tags (BCP 47)."""

_RIGHT_TO_LEFT = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"}


def fallbacks(language: str) -> list[str]:
    """A tag, and what is left as its last parts are taken off: zh-Hant-TW, zh-Hant, zh (RFC 4647, §3.4)."""
    parts = language.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


def script_direction(language: str) -> str | None:
    """`rtl` or `ltr` where the tag names a script, and nothing where it does not."""
    script = next((part for part in language.split("-")[1:] if len(part) == 4 and part.isalpha()), None)
    return None if script is None else "rtl" if script in _RIGHT_TO_LEFT else "ltr"
