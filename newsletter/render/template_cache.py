"""The cache of compiled templates, in the user's cache folder. Compiling takes longer than the rest of a render.

Compiled templates are Python code. They are never read from the publication's folder, because a shared repository
could contain malicious code.
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
    """Create the folder for compiled templates of this version. Only the user can access it.

    It is below $XDG_CACHE_HOME, or below ~/.cache (XDG Base Directory Specification 0.8).

    Returns:
        The folder, or None if it cannot be written or other users can access it.
    """
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    try:
        if not base.is_absolute():
            # The specification says: ignore a relative path.
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
    """Jinja's bytecode cache. Its errors never stop a render: damaged files are replaced, a full disk is ignored."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template, if its file is intact."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, AttributeError, ImportError, IndexError, pickle.PickleError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template, if possible."""
        try:
            super().dump_bytecode(bucket)
        except OSError:
            return
