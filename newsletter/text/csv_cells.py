"""Guard the cells of a CSV file against spreadsheets, which run text that begins like a formula."""

import re

# The characters with which spreadsheets begin a formula, or skip to one (OWASP, CSV injection). Apostrophes before them
# are included, so that every guarded cell can be restored.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guard_cell(value: object) -> object:
    """Return a value for a cell. Text that begins like a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def restore_cell(text: str) -> str:
    """Return the text of a cell from `guard_cell`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
