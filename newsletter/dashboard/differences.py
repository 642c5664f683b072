"""Compares two texts line by line, for the author to choose one."""

from difflib import SequenceMatcher
from itertools import pairwise

# How many unchanged lines are shown before and after a difference.
CONTEXT_LINES = 3


def differences(theirs: str, mine: str) -> list[tuple[str, str, str]]:
    """Compare two texts line by line.

    Returns:
        Rows of a kind (`same`, `changed`, or `gap` for lines left out), a line of `theirs` and a line of `mine`.
    """
    left, right = theirs.splitlines(), mine.splitlines()
    rows: list[tuple[str, str, str]] = []
    groups = list(SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(CONTEXT_LINES))
    for group, after in pairwise([*groups, []]):
        for kind, a, b, c, d in group:
            ours, others = left[a:b], right[c:d]
            for row in range(max(len(ours), len(others))):
                line = ours[row] if row < len(ours) else ""
                other = others[row] if row < len(others) else ""
                rows.append(("same" if kind == "equal" else "changed", line, other))
        rows += [("gap", "", "")] if after else []
    return rows
