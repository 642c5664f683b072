"""The archive's folder: files are written beside it, and moved in when all of them are there.

A list in the folder names every file that newsletter wrote, with its SHA-256, in the form that
`sha256sum -c` checks. What is not on the list is somebody else's, and is never touched.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from newsletter.archive.build_cache import Stamp
from newsletter.archive.file_moves import FileTransaction, staged_file
from newsletter.errors import AccessError, ExistsError
from newsletter.files import display
from newsletter.text.digests import sha256_hex

LIST = ".newsletter-files"
# The folders of a publication that no site is built into.
AUTHORS = ("issues", "templates", "schemas", ".newsletter", ".git")


class OutputFolder:
    """The folder that the archive is built into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, root: Path) -> None:
        """See that the site can be written there.

        Raises:
            AccessError: it is a file, or something on the way to it is, or the author's own files lie there.
        """
        real, own = Path(os.path.realpath(self.folder)), [Path(os.path.realpath(root / name)) for name in AUTHORS]
        if Path(os.path.realpath(root)).is_relative_to(real) or any(real.is_relative_to(folder) for folder in own):
            message = f"{display(self.folder)} holds the author's own files"
            raise AccessError(message, "Name another folder with -o.")
        for part in (self.folder, *self.folder.parents):
            if part.exists():
                if not part.is_dir():
                    message = f"{display(part)} is a file, and the site needs a folder there"
                    raise AccessError(message, "Move it away, or name another folder with -o.")
                return

    def changed(self, files: Mapping[str, Stamp]) -> set[str]:
        """Those of the files that are not there as they were left, and the list of them where it is gone."""
        prefix = f"{self.folder}{os.sep}"
        changed = set() if os.path.exists(prefix + LIST) else {LIST}  # noqa: PTH110 (as below)
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

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder to write into, from which files can be moved into the output; it is gone afterwards.

        Raises:
            AccessError: the system refuses.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            staged = self._staging_folder()
        except OSError as error:
            raise _refused(self.folder, error) from error
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _staging_folder(self) -> Path:
        """Beside the output, or in it where nothing can be moved in from there: it is mounted, or the parent closed."""
        name = f".{self.folder.name[:40]}.newsletter-build"
        beside, within = self.folder.with_name(name), self.folder / name
        for left in (beside, within):
            # A build that was killed left it behind.
            shutil.rmtree(left, ignore_errors=True)
        if not self.folder.is_dir():
            beside.mkdir(0o700)
            return beside
        within.mkdir(0o700)
        with contextlib.suppress(OSError):
            return within.rename(beside)
        return within

    def publish(
        self, staged: Path, files: dict[str, str], stays: dict[str, str], known: Mapping[str, str]
    ) -> tuple[int, list[str]]:
        """Move in what is staged, and take out what is neither staged nor stays; each is given with its SHA-256.

        `known` are files that are as the last build left them, whether or not the list names them.
        Returns how many files were taken out, and those that were left because somebody changed them.

        Raises:
            ExistsError: a file of somebody else's is in the way; nothing was changed.
            AccessError: the system refuses; what was moved was moved back.
        """
        owned = {**known, **self._owned()}
        self._see_that_nothing_is_in_the_way(staged, files, owned)
        old = {path: content for path, content in owned.items() if path not in files and path not in stays}
        moves = FileTransaction(self.folder, staged)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Until all are moved the list names the old and the new: after a crash none of them is taken for another's.
            moves.place(LIST, self._listed(staged, owned | stays | files))
            for path in files:
                moves.place(path, staged_file(staged, path))
            removed, left = self._remove(old, moves)
            moves.place(LIST, self._listed(staged, stays | files))
        except BaseException as error:
            whole = moves.undo()
            if isinstance(error, OSError):
                raise _refused(self.folder, error, whole=whole) from error
            raise
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

    def _remove(self, old: Mapping[str, str], moves: FileTransaction) -> tuple[int, list[str]]:
        removed, left = 0, []
        for path, content in old.items():
            target = self.folder / path
            if any(_no_folder(parent) for parent in moves.parents(target)) or not target.is_file():
                continue
            if target.is_symlink() or file_digest(target) != content:
                left.append(path)
                continue
            moves.remove(path)
            removed += 1
        return removed, left

    def _owned(self) -> dict[str, str]:
        """The files on the list, with their SHA-256."""
        try:
            lines = (self.folder / LIST).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return {}
        found = (line.partition("  ") for line in lines)
        return {path: content for content, _, path in found if len(content) == 64 and _within(path)}

    def _listed(self, staged: Path, files: Mapping[str, str]) -> Path:
        text = "".join(f"{content}  {path}\n" for path, content in sorted(files.items()))
        file = staged_file(staged, LIST)
        file.write_text(text, encoding="utf-8")
        return file


def file_digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stage(staged: Path, path: str, content: bytes) -> str:
    """Write a file into the staging folder; returns its SHA-256.

    Raises:
        AccessError: the system refuses, such as for want of space.
    """
    try:
        staged_file(staged, path).write_bytes(content)
    except OSError as error:
        raise _refused(Path(path), error) from error
    return sha256_hex(content)


def _no_folder(path: Path) -> bool:
    return path.is_symlink() or (path.exists() and not path.is_dir())


def _same(first: Path, second: Path) -> bool:
    return first.is_file() and not first.is_symlink() and file_digest(first) == file_digest(second)


def _within(path: str) -> bool:
    """Whether a path of the list stays in the folder, as every one that we wrote does."""
    return bool(path) and not path.startswith(("/", "\\")) and ".." not in path.split("/") and path != LIST


def _refused(path: Path, error: OSError, *, whole: bool = True) -> AccessError:
    message = f"{display(path)} cannot be written: {error.strerror}"
    state = "The site is as it was" if whole else "The site is partly new, until a build succeeds"
    return AccessError(message, f"{state}. Check the folder, its permissions and the space on the disk.")
