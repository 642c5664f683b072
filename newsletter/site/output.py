"""The archive's folder: files are written beside it, and moved in when all of them are there.

A list in the folder names every file that the press wrote, with its SHA-256, in the form that
`sha256sum -c` checks. What is not on the list is somebody else's, and is never touched.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from newsletter.documents.source import display
from newsletter.documents.writing import write_whole
from newsletter.errors import AccessError, ExistsError
from newsletter.site.state import Stamp

LIST = ".newsletter-files"
# The folders of a publication that no site is built into.
AUTHORS = ("issues", "templates", "schemas", ".newsletter", ".git")


class Output:
    """The folder that the archive is built into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, root: Path) -> None:
        """See that the site can be written there.

        Raises:
            AccessError: it is a file, or something on the way to it is, or the author's own files lie there.
        """
        own = [root / name for name in AUTHORS]
        if root.is_relative_to(self.folder) or any(self.folder.is_relative_to(folder) for folder in own):
            message = f"{display(self.folder)} holds the author's own files"
            raise AccessError(message, "Name another folder with -o.")
        for part in (self.folder, *self.folder.parents):
            if part.exists():
                if not part.is_dir():
                    message = f"{display(part)} is a file, and the site needs a folder there"
                    raise AccessError(message, "Move it away, or name another folder with -o.")
                return

    def changed(self, files: Mapping[str, Stamp]) -> set[str]:
        """Those of the files that are not there as they were left."""
        prefix = f"{self.folder}{os.sep}"
        changed = set()
        for path, (size, time, _) in files.items():
            try:
                stat = os.stat(prefix + path)  # noqa: PTH116 (a path costs more than the call)
            except OSError:
                changed.add(path)
                continue
            if (stat.st_size, stat.st_mtime_ns) != (size, time):
                changed.add(path)
        return changed

    def stamps(self, new: Mapping[str, str], old: Mapping[str, Stamp], kept: Collection[str]) -> dict[str, Stamp]:
        """The stamps of the site's files: those that are new have their SHA-256, those kept had a stamp."""
        found = {path: old[path] for path in kept}
        for path, content in new.items():
            stat = (self.folder / path).stat()
            found[path] = (stat.st_size, stat.st_mtime_ns, content)
        return dict(sorted(found.items()))

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder beside the output, on the same file system; it is gone afterwards.

        Raises:
            AccessError: the system refuses.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=f".{self.folder.name[:40]}."))
        except OSError as error:
            raise _refused(self.folder, error) from error
        try:
            yield beside
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def publish(self, staged: Path, files: dict[str, str], stays: dict[str, str]) -> tuple[int, list[str]]:
        """Move in what is staged, and take out what is neither staged nor stays; both are given with their SHA-256.

        Returns how many files were taken out, and those that were left because somebody changed them.

        Raises:
            ExistsError: a file of somebody else's is in the way; nothing was changed.
            AccessError: the system refuses.
        """
        owned = self._owned()
        self._see_that_nothing_is_in_the_way(staged, files, owned)
        old = {path: content for path, content in owned.items() if path not in files and path not in stays}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Until all are moved the list names the old and the new: after a crash none of them is taken for another's.
            self._write_list(owned | stays | files)
            for path in files:
                target = self.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                staged_file(staged, path).replace(target)
            removed, left = self._take_out(old)
            self._write_list(stays | files)
        except OSError as error:
            raise _refused(self.folder, error) from error
        return removed, left

    def _see_that_nothing_is_in_the_way(self, staged: Path, files: Collection[str], owned: Collection[str]) -> None:
        strange = []
        for path in files:
            target = self.folder / path
            parents = target.relative_to(self.folder).parents
            strange += [str(name) for name in parents if name != Path() and _no_folder(self.folder / name)]
            taken = target.is_symlink() or (target.exists() and path not in owned)
            if target.is_dir() or (taken and not _same(target, staged_file(staged, path))):
                strange.append(path)
        if strange:
            names = ", ".join(list(dict.fromkeys(strange))[:3]) + (" …" if len(set(strange)) > 3 else "")
            message = f"{display(self.folder)} holds files where the site needs to write its own: {names}"
            raise ExistsError(message, "Nothing was changed. Move them away, or name another folder with -o.")

    def _take_out(self, old: Mapping[str, str]) -> tuple[int, list[str]]:
        removed, left = 0, []
        for path, content in old.items():
            target = self.folder / path
            if not target.is_file() or target.is_symlink():
                continue
            if file_digest(target) != content:
                left.append(path)
                continue
            target.unlink()
            removed += 1
            for folder in target.relative_to(self.folder).parents:
                if folder == Path() or any((self.folder / folder).iterdir()):
                    break
                (self.folder / folder).rmdir()
        return removed, left

    def _owned(self) -> dict[str, str]:
        """The files on the list, with their SHA-256."""
        try:
            lines = (self.folder / LIST).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return {}
        found = (line.partition("  ") for line in lines)
        return {path: content for content, _, path in found if len(content) == 64 and _within(path)}

    def _write_list(self, files: Mapping[str, str]) -> None:
        text = "".join(f"{content}  {path}\n" for path, content in sorted(files.items()))
        write_whole(self.folder / LIST, text.encode())


def file_digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def staged_file(staged: Path, path: str) -> Path:
    """Where a file of the site is staged: all in one folder, since a thousand folders take longer than their files."""
    return staged / path.replace("/", "!")


def stage(staged: Path, path: str, content: bytes) -> str:
    """Write a file into the staging folder; returns its SHA-256.

    Raises:
        AccessError: the system refuses, such as for want of space.
    """
    try:
        staged_file(staged, path).write_bytes(content)
    except OSError as error:
        raise _refused(Path(path), error) from error
    return hashlib.sha256(content).hexdigest()


def _no_folder(path: Path) -> bool:
    return path.is_symlink() or (path.exists() and not path.is_dir())


def _same(first: Path, second: Path) -> bool:
    return first.is_file() and not first.is_symlink() and file_digest(first) == file_digest(second)


def _within(path: str) -> bool:
    """Whether a path of the list stays in the folder, as every one that we wrote does."""
    return bool(path) and not path.startswith(("/", "\\")) and ".." not in path.split("/") and path != LIST


def _refused(path: Path, error: OSError) -> AccessError:
    message = f"{display(path)} cannot be written: {error.strerror}"
    return AccessError(message, "The site is as it was. Check the folder, its permissions and the space on the disk.")
