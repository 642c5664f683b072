"""Encodes the new images of a build on all cores, before its pages are rendered. Each distinct image is encoded once.

Threads are as fast as processes here, because Pillow releases the interpreter's lock while it decodes, resizes and
encodes, and they need less memory. Finished images stay in a folder of the cache until the archive is published, so
that a build after an interrupted one encodes only the rest.
"""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path

from newsletter.archive.output_folder import file_digest
from newsletter.archive.pictures import ArchiveImages
from newsletter.errors import AccessError, ImageError
from newsletter.files import display, write_whole
from newsletter.render.image_assets import read_image
from newsletter.text.digests import sha256_hex
from newsletter.text.images import COLUMN, asset_key, decoding_memory
from newsletter.text.web_images import make_web_images

# The memory in bytes that all images together may take while they are encoded. A larger image is encoded alone.
_MEMORY = 200_000_000
# The number of blocks of memory, of 16 MB at most, that Pillow keeps.
_BLOCKS = 2


class ImageEncoder:
    """Encodes images, and keeps them in a folder until they are published.

    Args:
        folder: The folder.
        images: The images of the archive, which are not encoded again.
        threads: The number of threads. The default is the number of cores.
    """

    def __init__(self, folder: Path, images: ArchiveImages, threads: int | None = None) -> None:
        self.folder = folder
        self.digests: dict[str, str] = {}
        self._images = images
        self._threads = threads or os.cpu_count() or 1
        self._names: dict[str, list[str]] = {}
        self._claims: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._memory = _Budget(_MEMORY)
        self._read_finished()

    def encode(self, files: Sequence[Path], progress: Callable[[int, int], None]) -> dict[Path, list[str]]:
        """Encode the images in files. Returns the names of the new files of each, which are in `digests`.

        An image that cannot be used is left out. The issue that shows it reports the error.

        Args:
            files: The author's files, in any order.
            progress: Called with the number of files done, and the number of files.

        Raises:
            AccessError: A file cannot be written, for example because the disk is full.
        """
        from PIL import Image

        # Pillow uses memory again instead of returning it to the system, which takes a twentieth of the CPU time.
        Image.core.set_blocks_max(_BLOCKS)  # type: ignore[attr-defined]  # documented, not exported
        found: dict[Path, list[str]] = {}
        with ThreadPoolExecutor(min(self._threads, len(files)) or 1) as pool:
            tasks = {pool.submit(self._encode_file, file): file for file in files}
            try:
                for number, task in enumerate(as_completed(tasks), 1):
                    with suppress(ImageError):
                        found[tasks[task]] = task.result()
                    progress(number, len(files))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return found

    def remove(self) -> None:
        """Remove the folder, because its images are published."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _encode_file(self, file: Path) -> list[str]:
        """Encode the image in a file, unless it is in the archive or another file has the same image."""
        content = read_image(file)
        key = asset_key(content, COLUMN)
        if self._images.has(key):
            return []
        with self._lock:
            claim = self._claims.setdefault(key, threading.Lock())
        with claim:
            if key not in self._names:
                with self._memory.reserve(decoding_memory(content, COLUMN)):
                    self._names[key] = self._write(key, content)
        return self._names[key]

    def _write(self, key: str, content: bytes) -> list[str]:
        digests = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for image in make_web_images(content, COLUMN, self._images.names_of(key)):
                (self.folder / image.name).write_bytes(image.content)
                digests[image.name] = sha256_hex(image.content)
            # Written last: an image without this list is not finished.
            write_whole(self.folder / f"{key}.json", json.dumps(digests).encode())
        except OSError as error:
            message = f"{display(self.folder)} cannot be written: {error.strerror}"
            raise AccessError(message, "The archive is unchanged. Check the folder and the free disk space.") from error
        self.digests |= digests
        return list(digests)

    def _read_finished(self) -> None:
        """Find the images that an interrupted build finished."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                digests = json.loads(path.read_bytes())
                whole = all(file_digest(self.folder / name) == content for name, content in digests.items())
            except (OSError, ValueError, AttributeError):
                continue
            if whole:
                self._names[path.stem] = list(digests)
                self.digests |= digests


class _Budget:
    """An amount that several threads share. A thread waits until its part is free."""

    def __init__(self, size: int) -> None:
        self._size, self._used = size, 0
        self._changed = threading.Condition()

    @contextmanager
    def reserve(self, amount: int) -> Iterator[None]:
        """Wait for a part, and free it afterwards. A part above the size is reserved alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + amount <= self._size)
            self._used += amount
        try:
            yield
        finally:
            with self._changed:
                self._used -= amount
                self._changed.notify_all()
