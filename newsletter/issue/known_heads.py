"""Heads that were read before, so that they need not be validated again.

A head is found by the digest of its file, or of the text that it was read from (`head_text`), which editing an entry
does not change.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.issue.head import HeadParts, IssueHead, head_from_parts, head_text, head_to_parts
from newsletter.text.digests import blake2b_hex


def _digest(source: Source) -> str:
    return blake2b_hex(head_text(source.text))


@dataclass(frozen=True)
class KnownHeads:
    """Heads that were read before. A head that must be validated is added to them.

    Args:
        files: a key of `heads`, by the digest of the file.
        heads: the heads (`head_to_parts`), by the digests of their texts. A head that is not known to depend only on
            its text has the digest of the file instead.
    """

    files: dict[str, str] = field(default_factory=dict)
    heads: dict[str, HeadParts] = field(default_factory=dict)

    def read(self, digest: str, source: Callable[[], Source]) -> IssueHead:
        """Return a head, which is read and validated only if it is not known.

        Args:
            digest: the digest of the file.
            source: returns the file.

        Raises:
            DocumentError: the file or its head has errors.
        """
        if parts := self.heads.get(self.files.get(digest, "")):
            return head_from_parts(parts)
        found = source()
        text = _digest(found)
        if parts := self.heads.get(text):
            self.files[digest] = text
            return head_from_parts(parts)
        return self._validate(digest, text, found)

    def of(self, digests: Iterable[str]) -> "KnownHeads":
        """Return only the heads of some files, by the digests of the files."""
        files = {digest: self.files[digest] for digest in digests if digest in self.files}
        return KnownHeads(files, {key: self.heads[key] for key in files.values()})

    def copy(self) -> "KnownHeads":
        """Return the same heads, to which others can be added."""
        return KnownHeads(dict(self.files), dict(self.heads))

    def _validate(self, digest: str, text: str, source: Source) -> IssueHead:
        from newsletter.issue.read_head import read_head_text, read_whole_head

        try:
            key, head = text, read_head_text(source)
        except DocumentError:
            key, head = digest, read_whole_head(source)
        # In this order: another thread may read the same file.
        self.heads[key] = head_to_parts(head)
        self.files[digest] = key
        return head
