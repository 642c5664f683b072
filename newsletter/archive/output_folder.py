"""The output folder of the archive. All files are written to a staging folder first, then moved into place.

The file `.newsletter-files` in the output folder lists every file that newsletter wrote, with its SHA-256, in the
format of `sha256sum -c`. Files that are not in this list belong to the author, and are never changed or removed.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from newsletter.archive.build_cache import Stamp
from newsletter.archive.file_moves import WHOLE, FileTransaction, link_or_copy, staged_file
from newsletter.errors import AccessError, ExistsError
from newsletter.files import display
from newsletter.text.digests import sha256_hex

LIST = ".newsletter-files"
# The folders of a publication that an archive cannot be built into.
RESERVED = ("issues", "templates", "schemas", ".newsletter", ".git")


class OutputFolder:
    """The folder that the archive is built into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, root: Path) -> None:
        """Check that the archive can be built into the folder.

        Args:
            root: The publication's folder.

        Raises:
            AccessError: The folder or one of its parents is a file, or the folder contains the author's own files.
        """
        real, own = Path(os.path.realpath(self.folder)), [Path(os.path.realpath(root / name)) for name in RESERVED]
        if Path(os.path.realpath(root)).is_relative_to(real) or any(real.is_relative_to(folder) for folder in own):
            message = f"{display(self.folder)} contains files of your publication"
            raise AccessError(message, "Choose another folder with -o.")
        for part in (self.folder, *self.folder.parents):
            if part.exists():
                if not part.is_dir():
                    message = f"{display(part)} is a file, expected a folder"
                    raise AccessError(message, "Move the file, or choose another folder with -o.")
                return

    def find_changed(self, files: Mapping[str, Stamp]) -> set[str]:
        """Return the files whose size or time differs from their stamp, and the list of files if it is missing."""
        prefix = f"{self.folder}{os.sep}"
        changed = set() if os.path.exists(prefix + LIST) else {LIST}  # noqa: PTH110 (see below)
        for path, (size, time, _) in files.items():
            try:
                stat = os.stat(prefix + path)  # noqa: PTH116 (making a Path is slower than the call)
            except OSError:
                changed.add(path)
                continue
            if (stat.st_size, stat.st_mtime_ns) != (size, time):
                changed.add(path)
        return changed

    def stamps(self, new: Mapping[str, str], old: Mapping[str, Stamp], kept: Collection[str]) -> dict[str, Stamp]:
        """Return the stamps of the archive's files.

        Args:
            new: The SHA-256 of each new file by its path.
            old: The stamps after the last build.
            kept: The paths of the files that stayed.
        """
        found = {path: old[path] for path in kept}
        for path, content in new.items():
            stat = (self.folder / path).stat()
            found[path] = (stat.st_size, stat.st_mtime_ns, content)
        return dict(sorted(found.items()))

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """Create a staging folder, and remove it afterwards. Files can be moved from it into the output folder.

        If there is no output folder, the staging folder becomes the output folder, so that no file is moved.

        Raises:
            AccessError: The folder cannot be created.
        """
        places = self._staging_places()
        # A build that was killed does not remove its staging folder.
        _remove_folders(places)
        # A signal may end the build as soon as the folder exists.
        try:
            try:
                self.folder.parent.mkdir(parents=True, exist_ok=True)
                staged = self._make_staging_folder(*places)
            except OSError as error:
                raise _access_error(self.folder, error) from error
            yield staged
        finally:
            _remove_folders(places)

    def _staging_places(self) -> tuple[Path, Path]:
        """Return where the staging folder can be: next to the output folder, or in it."""
        name = f".{self.folder.name[:40]}.newsletter-build"
        return self.folder.with_name(name), self.folder / name

    def _make_staging_folder(self, outside: Path, inside: Path) -> Path:
        """Create the staging folder next to the output folder.

        It is inside the output folder if files cannot be moved there from its parent: if the output folder is a mount
        point, or the parent is read-only.
        """
        if not os.path.lexists(self.folder):
            outside.mkdir(0o700)
            whole = outside / WHOLE
            whole.mkdir()
            return whole
        if not self.folder.is_dir():
            outside.mkdir(0o700)
            return outside
        inside.mkdir(0o700)
        with contextlib.suppress(OSError):
            return inside.rename(outside)
        return inside

    def publish(
        self, staged: Path, files: dict[str, str], stays: dict[str, str], known: Mapping[str, str]
    ) -> tuple[int, list[str]]:
        """Move the staged files into place, and remove the files that are no longer part of the archive.

        Args:
            staged: The staging folder.
            files: The SHA-256 of each staged file by its path.
            stays: The SHA-256 of each file that stays by its path.
            known: The files that are unchanged since the last build, even if the list of files is lost.

        Returns:
            The number of removed files, and the files that were not removed because they were edited by hand.

        Raises:
            ExistsError: A file of the author has the path of a staged file. Nothing was changed.
            AccessError: A file cannot be written. The changes were undone.
        """
        if staged.name == WHOLE:
            self._publish_whole(staged, files)
            return 0, []
        owned = {**known, **self._read_list()}
        self._check_conflicts(staged, files, owned)
        old = {path: content for path, content in owned.items() if path not in files and path not in stays}
        moves = FileTransaction(self.folder, staged)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # List old and new files first, so that after a crash none of them is mistaken for the author's own file.
            moves.place(LIST, self._stage_list(staged, owned | stays | files))
            for path in files:
                moves.place(path, staged_file(staged, path))
            removed, left = self._remove(old, moves)
            moves.place(LIST, self._stage_list(staged, stays | files))
        except BaseException as error:
            undone = moves.undo()
            if isinstance(error, OSError):
                raise _access_error(self.folder, error, unchanged=undone) from error
            raise
        return removed, left

    def _publish_whole(self, staged: Path, files: dict[str, str]) -> None:
        """Rename the staging folder to the output folder."""
        try:
            # An issue that failed may have staged images.
            known = {os.path.join(staged, path) for path in files}  # noqa: PTH118 (faster for a thousand files)
            for folder, _, names in os.walk(staged, topdown=False):
                others = [file for name in names if (file := os.path.join(folder, name)) not in known]  # noqa: PTH118
                for file in others:
                    Path(file).unlink()
                if others and not any(Path(folder).iterdir()):
                    Path(folder).rmdir()
            self._stage_list(staged, files)
            staged.rename(self.folder)
        except OSError as error:
            raise _access_error(self.folder, error) from error

    def _check_conflicts(self, staged: Path, files: Collection[str], owned: Collection[str]) -> None:
        """Check that no staged file would overwrite a file that newsletter did not write."""
        conflicts = []
        for path in files:
            target = self.folder / path
            parents = target.relative_to(self.folder).parents
            conflicts += [str(name) for name in parents if name != Path() and _is_not_folder(self.folder / name)]
            foreign = target.is_symlink() or (target.exists() and path not in owned)
            if target.is_dir() or (foreign and not _is_same_file(target, staged_file(staged, path))):
                conflicts.append(path)
        if conflicts:
            names = ", ".join(list(dict.fromkeys(conflicts))[:3]) + (" …" if len(set(conflicts)) > 3 else "")
            message = f"{display(self.folder)} contains files that the archive would overwrite: {names}"
            raise ExistsError(message, "Nothing was changed. Move these files, or choose another folder with -o.")

    def _remove(self, old: Mapping[str, str], moves: FileTransaction) -> tuple[int, list[str]]:
        removed, left = 0, []
        for path, content in old.items():
            target = self.folder / path
            if any(_is_not_folder(parent) for parent in moves.parents(target)) or not target.is_file():
                continue
            if target.is_symlink() or file_digest(target) != content:
                left.append(path)
                continue
            moves.remove(path)
            removed += 1
        return removed, left

    def _read_list(self) -> dict[str, str]:
        """Return the SHA-256 of each file in the list of files by its path."""
        try:
            lines = (self.folder / LIST).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return {}
        found = (line.partition("  ") for line in lines)
        return {path: content for content, _, path in found if len(content) == 64 and _is_inside(path)}

    def _stage_list(self, staged: Path, files: Mapping[str, str]) -> Path:
        text = "".join(f"{content}  {path}\n" for path, content in sorted(files.items()))
        file = staged_file(staged, LIST)
        file.write_text(text, encoding="utf-8")
        return file


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stage(staged: Path, path: str, content: bytes) -> str:
    """Write a file to the staging folder. Returns its SHA-256.

    Raises:
        AccessError: The file cannot be written, for example because the disk is full.
    """
    try:
        staged_file(staged, path).write_bytes(content)
    except OSError as error:
        raise _access_error(Path(path), error) from error
    return sha256_hex(content)


def stage_copy(staged: Path, path: str, file: Path) -> None:
    """Put a copy of a file, or a hard link to it, into the staging folder.

    Raises:
        AccessError: The file cannot be written, for example because the disk is full.
    """
    try:
        target = staged_file(staged, path)
        target.unlink(missing_ok=True)
        link_or_copy(file, target)
    except OSError as error:
        raise _access_error(Path(path), error) from error


def _is_not_folder(path: Path) -> bool:
    return path.is_symlink() or (path.exists() and not path.is_dir())


def _is_same_file(first: Path, second: Path) -> bool:
    return first.is_file() and not first.is_symlink() and file_digest(first) == file_digest(second)


def _is_inside(path: str) -> bool:
    """Return True if a path of the list stays inside the folder. A list that was edited can contain any path."""
    return bool(path) and not path.startswith(("/", "\\")) and ".." not in path.split("/") and path != LIST


def _remove_folders(folders: Collection[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _access_error(path: Path, error: OSError, *, unchanged: bool = True) -> AccessError:
    message = f"{display(path)} cannot be written: {error.strerror}"
    state = "The archive is unchanged" if unchanged else "The archive is partly updated: build it again"
    return AccessError(message, f"{state}. Check the folder, its permissions and the free disk space.")
