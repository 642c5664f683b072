"""The file of an import: uploaded from the browser, kept in `.newsletter/uploads/`, and deleted after the import.

Its path follows from its content, so that an import that was interrupted can be continued with the same file.
"""

import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import AccessError, NewsletterError
from newsletter.files import display, require_writable_inside, working_path
from newsletter.subscribers.unfinished_imports import marked_imports

MAX_BYTES = 200_000_000
"""The largest file that the dashboard takes."""
_INCOMPLETE = "incomplete-"
_NOT_IN_NAMES = re.compile(r"[^\w .()+-]+")


@dataclass(frozen=True, slots=True)
class UploadedList:
    """An uploaded file."""

    path: Path

    @property
    def name(self) -> str:
        """The name of the file on the author's disk, without characters that are rare in names."""
        return self.path.name

    def localise(self, text: str) -> str:
        """Return a message with the file's name, as code, instead of its path."""
        return text.replace(display(self.path), f"`{self.name}`")

    def delete(self) -> None:
        """Delete the file."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


async def store_list(root: Path, name: str, parts: AsyncIterable[bytes]) -> UploadedList:
    """Store a file.

    Args:
        root: The publication's folder.
        name: The name of the file.
        parts: Its content.

    Raises:
        NewsletterError: The file is empty or too large.
        AccessError: It cannot be written, or symbolic links lead out of the publication.
    """
    folder = working_path(root, "uploads")
    require_writable_inside(folder, root)
    try:
        return await _write(folder, _safe_name(name), parts)
    except OSError as error:
        message = f"the file cannot be stored in {display(folder)}: {error.strerror or error}"
        raise AccessError(message, "Check the free space and the permissions of the folder.") from error


def delete_abandoned(root: Path) -> None:
    """Delete what earlier dashboards left: unfinished uploads, and files that were uploaded and not imported."""
    for written in working_path(root, "uploads").glob(f"{_INCOMPLETE}*"):
        written.unlink(missing_ok=True)
    delete_leftovers(root, None)


def delete_leftovers(root: Path, kept: UploadedList | None) -> None:
    """Delete uploaded files, except one and those whose import was interrupted.

    Raises:
        AccessError: The records of imports cannot be read, or symbolic links lead out of the publication.
    """
    marked = [one for _, one in marked_imports(root)]
    if None in marked:
        # Any file may be the one whose import was interrupted.
        return
    needed = {part for one in marked if one for part in Path(one.file).parts}
    for folder in working_path(root, "uploads").glob("*"):
        if (kept is None or folder != kept.path.parent) and folder.name not in needed:
            shutil.rmtree(folder, ignore_errors=True)


async def _write(folder: Path, name: str, parts: AsyncIterable[bytes]) -> UploadedList:
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{_INCOMPLETE}{os.urandom(6).hex()}"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            async for part in parts:
                size += len(part)
                if size > MAX_BYTES:
                    message = f"the file has more than {MAX_BYTES:,} bytes"
                    raise NewsletterError(message, "Import it with `newsletter subscribers import FILE`.")
                digest.update(part)
                file.write(part)
        if not size:
            raise NewsletterError(
                f"`{name}` is empty", "Choose a CSV file with a header and a row for each subscriber."
            )
        path = folder / digest.hexdigest()[:24] / name
        path.parent.mkdir(exist_ok=True)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
    return UploadedList(path)


def _safe_name(name: str) -> str:
    """Return a name for the file that any system accepts. Programs are recognised by names of their exports."""
    return _NOT_IN_NAMES.sub("_", name).strip(" .")[:80] or "list.csv"
