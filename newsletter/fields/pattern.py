"""Texts with `{name}` fields from a closed list."""

import string

from pydantic import AfterValidator

from newsletter.fields.text import refuse


def pattern_of(allowed: tuple[str, ...]) -> AfterValidator:
    """A text with `{name}` fields from a closed list."""

    def check(value: str) -> str:
        shown = ", ".join(f"{{{name}}}" for name in allowed)
        try:
            fields = [
                (name, spec, conversion)
                for _, name, spec, conversion in string.Formatter().parse(value)
                if name is not None
            ]
        except ValueError as error:
            raise refuse("a brace that is not closed, or not opened", f"The fields are {shown}.") from error
        for name, spec, conversion in fields:
            if name not in allowed or spec or conversion:
                raise refuse(f"`{{{name}}}` is no field of this pattern", f"The fields are {shown}.")
        return value

    return AfterValidator(check)
