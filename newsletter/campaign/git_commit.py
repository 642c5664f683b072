"""Finds the git commit of the issue that is sent, if the publication is in git.

A repository's own configuration can name programs that git runs. Those that `status` would run are turned off.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from newsletter.files import minimal_environment

# The files from which an issue is rendered. A database or a build in the same folder does not count as a change.
_SOURCES = ("newsletter.yaml", "issues", "templates")
_SECONDS = 60
# Git runs these for a repository: a monitor of files, hooks, and status in submodules, with their own configuration.
_SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "status.submoduleSummary=false")
_NO_PROMPTS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}


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
    options = ("--porcelain", "--untracked-files=normal", "--ignore-submodules=dirty")
    changes = _git(folder, "status", *options, "--", *_SOURCES)
    return GitCommit(hash, clean=changes == "")


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of git, or None if it fails, is not installed, or the folder is not in a repository."""
    # Aliases cannot replace git's own commands, and only those are used.
    command = ["git", *_SAFE, "-C", str(folder), *arguments]
    environment = minimal_environment(os.environ, **_NO_PROMPTS)
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
