"""The git commit that an issue is sent from, where the publication is in git."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

# What an issue is made from; a database or a build beside it is no change.
_AUTHORS = ("newsletter.yaml", "issues", "templates")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's hash, empty where there is none, and whether nothing was changed since."""

    hash: str
    clean: bool


def commit_of(folder: Path) -> Commit:
    """The commit that a folder is at."""
    hash = _said("-C", str(folder), "rev-parse", "HEAD")
    if not hash:
        return Commit("", clean=False)
    changes = _said("-C", str(folder), "status", "--porcelain", "--untracked-files=normal", "--", *_AUTHORS)
    return Commit(hash, clean=changes == "")


def _said(*arguments: str) -> str | None:
    """What git says; nothing where there is no git, or no repository."""
    try:
        command = ["git", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 (no shell)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
