"""The digest of what decides whether a document is valid. Caches of validated values are outdated if it changes."""

import os
import sys
from functools import cache
from pathlib import Path

import newsletter
from newsletter.text.digests import blake2b_hex

# The packages whose code reads, validates and caches documents.
_PACKAGES = ("documents", "fields", "issue", "publication", "text", "workspace")


@cache
def validation_digest() -> str:
    """Return the digest of the code that validates documents, of Python's version, and of the installed libraries.

    It takes two milliseconds. The version of newsletter alone would not do: an installation from a repository changes
    its code without it.
    """
    root = Path(newsletter.__file__).parent
    code = [_digests(root / package) for package in _PACKAGES]
    return blake2b_hex(repr((newsletter.__version__, sys.version, installed_libraries(), code)))


def _digests(folder: Path) -> list[tuple[str, str]]:
    names = sorted(name for name in os.listdir(folder) if name.endswith(".py"))  # noqa: PTH208 (twice as long)
    return [(name, blake2b_hex((folder / name).read_bytes())) for name in names]


def installed_libraries() -> list[str]:
    """Return the names and versions of the installed libraries, without importing `importlib.metadata`."""
    found: set[str] = set()
    for folder in sys.path:
        try:
            # A name such as `pydantic-2.12.3.dist-info`.
            found.update(name for name in os.listdir(folder or ".") if name.endswith(("dist-info", "egg-info")))  # noqa: PTH208
        except OSError:
            continue  # a folder that does not exist, or an archive
    return sorted(found)
