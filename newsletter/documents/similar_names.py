"""Finds the known name that an unknown name was probably meant to be."""

from collections.abc import Collection

# Comparing a word with more names takes too long.
MANY = 200


def similar(word: str, known: Collection[str]) -> str | None:
    """Return the known name that is most similar to a word, or None if none is similar."""
    import difflib

    spelled = (word.lower(), word.lower().replace("-", "_"))
    near = (match for form in spelled for match in difflib.get_close_matches(form, known, n=1, cutoff=0.6))
    return next(near, None)


def suggestion(word: str, known: Collection[str]) -> str:
    """Return advice for an unknown name: the most similar known name, or all of them."""
    if len(known) > MANY:
        return f"Check the spelling: there are {len(known)} known names."
    near = similar(word, known)
    return f"Did you mean `{near}`?" if near else f"Use one of: {', '.join(known)}."
