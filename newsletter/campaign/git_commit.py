"""Finds the git commit of the issue that is sent, if the publication is in git."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

# The files from which an issue is rendered. A database or a build in the same folder does not count as a change.
_SOURCES = ("newsletter.yaml", "issues", "templates")
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class GitCommit:
    """A commit.

    Attributes:
        hash: Empty if there is none.
        clean: Whether the sources are unchanged since the commit.
    """

    hash: str
    clean: bool


def current_commit(folder: Path) -> GitCommit:
    """Return the current commit of a folder."""
    hash = _git(folder, "rev-parse", "HEAD")
    if not hash:
        return GitCommit("", clean=False)
    changes = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--", *_SOURCES)
    return GitCommit(hash, clean=changes == "")


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of git, or None if it fails, is not installed, or the folder is not in a repository."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
