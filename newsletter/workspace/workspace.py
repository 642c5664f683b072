"""The workspace: the folder of a publication with its settings, labels and issues, each read once."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import DocumentError, NotFoundError
from newsletter.files import working_path
from newsletter.issue.issue_file import IssueDocument, read_issue
from newsletter.issue.issue_list import IssueList, list_issues
from newsletter.publication.find_publication import find_publication
from newsletter.publication.label_files import read_labels
from newsletter.publication.labels import Labels
from newsletter.publication.publication_file import read_publication
from newsletter.publication.template_folders import template_folders
from newsletter.workspace.issue_cache import IssueCache

if TYPE_CHECKING:
    from newsletter.issue.link_index import IndexedIssue, LinkIndex


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
        self.document = read_publication(self.root)
        self.publication = self.document.publication
        self.template_folders = template_folders(self.root)
        self._labels: dict[str, Labels] = {}
        self._cache = cache or IssueCache()

    @property
    def issues_folder(self) -> Path:
        """The folder of the issues."""
        return self.root / "issues"

    @cached_property
    def issues(self) -> IssueList:
        """All issues by date, without their entries."""
        heads = {digest: indexed.head for digest, indexed in self._indexed.items()}
        return list_issues(self.issues_folder, heads, self._cache.listed)

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
            # Imported here because the pages of the archive do not need the index.
            from newsletter.issue.link_index import load_index

            self._cache.indexed = load_index(self._index_file)
        return self._cache.indexed

    @property
    def _index_file(self) -> Path:
        return working_path(self.root, "index")

    def issue(self, name: str | None) -> IssueDocument:
        """Read an issue by slug, number or path. Without a name, read the newest issue.

        Raises:
            NotFoundError, AccessError, DocumentError: See `find` and `read_issue`.
        """
        return read_issue(self.find(name), self.publication.section_keys)

    def find(self, name: str | None) -> Path:
        """Find the file of an issue by slug, number or path. Without a name, find the newest issue.

        Raises:
            NotFoundError, DocumentError: No issue or more than one issue matches.
        """
        return self.issues.newest().path if name is None else self.issues.find(name)

    def labels(self, document: IssueDocument) -> Labels:
        """Return the labels in the language of an issue.

        Raises:
            DocumentError: The labels do not exist, or their file has errors.
        """
        try:
            return self.labels_in(document.issue.language or self.publication.language)
        except NotFoundError as error:
            declaring = self.document if document.issue.language is None else document
            raise DocumentError([declaring.problem(("language",), error.message, error.advice)]) from error

    def labels_in(self, language: str) -> Labels:
        """Return the labels of a language.

        Raises:
            NotFoundError: The labels do not exist.
            DocumentError: Their file has errors.
        """
        if language not in self._labels:
            self._labels[language] = read_labels(self.template_folders, language)
        return self._labels[language]
