"""Compiled templates, kept in the user's cache folder: compiling takes longer than all the rest of a render.

They are Python code, so they never come from the publication: whoever shares a repository could put code there.
"""

import os
import pickle
import stat
from collections.abc import Mapping
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from newsletter import __version__


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Make the folder for compiled templates of this version, which only the user can enter.

    It is below $XDG_CACHE_HOME, or below ~/.cache (XDG Base Directory Specification 0.8).

    Returns:
        The folder, or None where there is none that is safe and can be written.
    """
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    try:
        if not base.is_absolute():
            # The specification has a relative path ignored.
            base = Path(environment.get("HOME") or Path.home(), ".cache")
        folder = base / "newsletter" / "templates" / __version__
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except (OSError, RuntimeError, ValueError):
        return None
    private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o700 and status.st_uid == os.getuid()
    return folder if private and os.access(folder, os.W_OK) else None


class TemplateCache(jinja2.FileSystemBytecodeCache):
    """Jinja's cache, which is no reason for a render to fail: a damaged file is made anew, a full disk is ignored."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, AttributeError, ImportError, IndexError, pickle.PickleError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        try:
            super().dump_bytecode(bucket)
        except OSError:
            return
