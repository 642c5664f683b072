"""Heads that were read before, so that they need not be validated again.

A head is found by the digest of its file, or of the text that it was read from (`head_text`), which editing an entry
does not change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.issue.head import IssueHead, head_text
from newsletter.text.digests import blake2b_hex


def _digest(source: Source) -> str:
    return blake2b_hex(head_text(source.text))


@dataclass
class KnownHeads:
    """Heads that were read before, and those that were used.

    Args:
        files: a key of `heads`, by the digest of the file.
        heads: the heads, by the digests of their texts. A head that is not known to depend only on its text has the
            digest of the file instead.
        indexed: returns the heads in the link index, by the digests of the files.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[str, IssueHead] = field(default_factory=dict)
    indexed: Callable[[], Mapping[str, IssueHead]] = dict
    used_files: dict[str, str] = field(default_factory=dict)
    used_heads: dict[str, IssueHead] = field(default_factory=dict)

    def read(self, digest: str, source: Callable[[], Source]) -> IssueHead:
        """Return a head, which is read and validated only if it is not known.

        Args:
            digest: the digest of the file.
            source: returns the file.

        Raises:
            DocumentError: the file or its head has errors.
        """
        if known := self.heads.get(self.files.get(digest, "")):
            return self._use(digest, self.files[digest], known)
        found = source() if self.heads else None
        text = _digest(found) if found else ""
        if known := self.heads.get(text):
            return self._use(digest, text, known)
        if known := self.indexed().get(digest):
            return self._use(digest, digest, known)
        return self._read(digest, found or source())

    def _read(self, digest: str, source: Source) -> IssueHead:
        from newsletter.issue.read_head import read_head_text, read_whole_head

        try:
            head = read_head_text(source)
        except DocumentError:
            return self._use(digest, digest, read_whole_head(source))
        return self._use(digest, _digest(source), head)

    def _use(self, file: str, key: str, head: IssueHead) -> IssueHead:
        self.used_files[file], self.used_heads[key] = key, head
        return head
