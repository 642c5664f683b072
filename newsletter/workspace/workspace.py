"""The workspace: the folder of a publication with its settings, labels and issues, each read once."""

import contextlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import AccessError, DocumentError, NotFoundError
from newsletter.fields.system_zones import load_zone
from newsletter.files import working_path
from newsletter.issue.issue_list import IssueList, list_issues
from newsletter.issue.known_heads import KnownHeads
from newsletter.publication.basics import PublicationBasics
from newsletter.publication.find_publication import find_publication, publication_source
from newsletter.publication.template_folders import TEMPLATES, labels_file, template_folders
from newsletter.text.digests import blake2b_hex
from newsletter.workspace.issue_cache import IssueCache
from newsletter.workspace.validated_cache import Validated, load_validated, write_validated

# Modules that validate are imported where they are needed: `list` and `new-issue` mostly need no validation.
if TYPE_CHECKING:
    from newsletter.issue.index_file import IndexedIssue
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.issue.link_index import LinkIndex
    from newsletter.publication.labels import Labels
    from newsletter.publication.publication_file import PublicationDocument
    from newsletter.publication.settings import Publication


class Workspace:
    """The folder of a publication: the nearest one with a `newsletter.yaml`, searched from `folder` upward.

    Args:
        folder: The folder to search from.
        cache: The issues that earlier workspaces of the process have read, or None.

    Raises:
        NotFoundError, AccessError, DocumentError: `newsletter.yaml` does not exist, or cannot be read.
    """

    def __init__(self, folder: Path, cache: IssueCache | None = None) -> None:
        self.root = find_publication(folder.absolute())
        self._source = publication_source(self.root)
        self._digest = blake2b_hex(self._source.text)
        self._cache = cache or IssueCache()
        self._shared = cache is not None
        self.basics = self._known_basics() or self.publication.basics
        self.template_folders = template_folders(self.root)
        self._labels: dict[str, Labels] = {}

    @cached_property
    def document(self) -> "PublicationDocument":
        """The settings with their file."""
        from newsletter.publication.publication_file import parse_publication

        return parse_publication(self._source)

    @property
    def publication(self) -> "Publication":
        """The settings."""
        return self.document.publication

    @property
    def issues_folder(self) -> Path:
        """The folder of the issues."""
        return self.root / "issues"

    @cached_property
    def issues(self) -> IssueList:
        """All issues by date, without their entries.

        Raises:
            AccessError: The folder of caches leads out of the publication.
        """
        working_path(self.root, "index")
        first, known = self._cache.heads is None, self._known_heads
        found = list_issues(self.issues_folder, known, self._cache.listed if self._shared else None)
        # A long process saves only once: the next process need not validate more than the issues that changed since.
        if first and known.heads.keys() != self._validated.heads.heads.keys():
            self._save_validated(known.of(listed.digest for listed in found.issues))
        return found

    def save_validated(self) -> None:
        """Cache the settings and the heads of the issues, so that the next command need not validate them."""
        heads = self._known_heads
        if "issues" in vars(self):
            heads = heads.of(listed.digest for listed in self.issues.issues)
        self._save_validated(heads)

    def _save_validated(self, heads: KnownHeads) -> None:
        now = Validated(self._digest, self.basics, heads)
        if now != self._validated:
            self._cache.validated, self._cache.heads = now, heads.copy()
            # Without the cache, the next command validates again.
            with contextlib.suppress(AccessError):
                write_validated(working_path(self.root, "validated"), now)

    @cached_property
    def index(self) -> "LinkIndex":
        """All issues with their entries and links."""
        from newsletter.issue.link_index import complete_index

        index = complete_index(self.issues, self._indexed, self._index_file)
        self._cache.indexed = index.indexed
        return index

    @property
    def _indexed(self) -> "dict[str, IndexedIssue]":
        if self._cache.indexed is None:
            from newsletter.issue.index_file import load_index

            self._cache.indexed = load_index(self._index_file)
        return self._cache.indexed

    @property
    def _known_heads(self) -> KnownHeads:
        if self._cache.heads is None:
            # A copy, so that `save_validated` finds out what is new.
            self._cache.heads = self._validated.heads.copy()
        return self._cache.heads

    @property
    def _validated(self) -> Validated:
        if self._cache.validated is None:
            try:
                self._cache.validated = load_validated(working_path(self.root, "validated"))
            except AccessError:
                self._cache.validated = Validated()
        return self._cache.validated

    def _known_basics(self) -> PublicationBasics | None:
        """Return the settings if an earlier command validated them, and this system knows their time zone, too.

        The digest of the settings does not tell that.
        """
        basics = self._validated.basics if self._validated.settings == self._digest else None
        return basics if basics and load_zone(basics.timezone) else None

    @property
    def _index_file(self) -> Path:
        return working_path(self.root, "index")

    def issue(self, name: str | None) -> "IssueDocument":
        """Read an issue by slug, number or path. Without a name, read the newest issue.

        Raises:
            NotFoundError, AccessError, DocumentError: See `find` and `read_issue`.
        """
        from newsletter.issue.issue_file import read_issue

        return read_issue(self.find(name), self.basics.section_keys)

    def find(self, name: str | None) -> Path:
        """Find the file of an issue by slug, number or path. Without a name, find the newest issue.

        Raises:
            NotFoundError, DocumentError: No issue or more than one issue matches.
        """
        return self.issues.newest().path if name is None else self.issues.find(name)

    def labels(self, document: "IssueDocument") -> "Labels":
        """Return the labels in the language of an issue.

        Raises:
            DocumentError: The labels do not exist, or their file has errors.
        """
        try:
            return self.labels_in(document.issue.language or self.basics.language)
        except NotFoundError as error:
            declaring = self.document if document.issue.language is None else document
            raise DocumentError([declaring.problem(("language",), error.message, error.advice)]) from error

    def require_labels(self, document: "IssueDocument") -> None:
        """Require that the labels of an issue exist and are valid. The built-in ones are, so they are not read.

        Raises:
            DocumentError: See `labels`.
        """
        found = labels_file(self.template_folders, document.issue.language or self.basics.language)
        if found is None or found[0] != TEMPLATES:
            self.labels(document)

    def labels_in(self, language: str) -> "Labels":
        """Return the labels of a language.

        Raises:
            NotFoundError: The labels do not exist.
            DocumentError: Their file has errors.
        """
        if language not in self._labels:
            from newsletter.publication.label_files import read_labels

            self._labels[language] = read_labels(self.template_folders, language)
        return self._labels[language]
