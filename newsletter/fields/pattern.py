"""Text with `{name}` placeholders from a fixed list."""

import string

from newsletter.fields.text import Checked, refuse


def validate_pattern(allowed: tuple[str, ...]) -> Checked:
    """Return a validator for text with `{name}` placeholders, which must all be in `allowed`."""

    def check(value: str) -> str:
        shown = ", ".join(f"{{{name}}}" for name in allowed)
        try:
            fields = [
                (name, spec, conversion)
                for _, name, spec, conversion in string.Formatter().parse(value)
                if name is not None
            ]
        except ValueError as error:
            raise refuse("unmatched brace", f"Use only these placeholders: {shown}.") from error
        for name, spec, conversion in fields:
            if name not in allowed or spec or conversion:
                raise refuse(f"unknown placeholder `{{{name}}}`", f"Use only these placeholders: {shown}.")
        return value

    return Checked(check)
