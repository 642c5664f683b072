"""Edits the files of a publication, one command at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.documents.source import Source, change_file, read_source
from newsletter.errors import AccessError, ConflictError, NotFoundError
from newsletter.files import display, require_inside, working_path, write_new, write_whole
from newsletter.issue.head import Status
from newsletter.issue.scaffold import NewIssue, issue_text, plan_issue
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.issue.digest_issue import Digest, Period
    from newsletter.issue.issue_file import IssueDocument

LOCK_TIMEOUT = 60
"""Seconds that a command waits for another command that edits the same publication."""


class WorkspaceEditor:
    """Changes issues and the inbox of a publication under a lock."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @property
    def inbox(self) -> Path:
        """The file of entries that have no issue yet. It may not exist.

        Raises:
            AccessError: Symbolic links lead it out of the publication.
        """
        from newsletter.issue.inbox import FILE

        path = self.workspace.root / FILE
        if path.is_symlink():
            require_inside(path, self.workspace.root)
        return path

    def draft(self) -> Path | None:
        """Find the newest draft.

        Returns:
            The file of the newest issue that is not published, or None if all are.

        Raises:
            NewsletterError: An issue cannot be read, so that the newest draft is unknown.
        """
        if self.workspace.issues.errors:
            raise self.workspace.issues.errors[0]
        drafts = (
            listed.path for listed in reversed(self.workspace.issues.issues) if listed.head.status is Status.DRAFT
        )
        return next(drafts, None)

    def change(self, path: Path, change: Callable[[Source], str]) -> None:
        """Change the text of an issue, or of the inbox, which is created if it does not exist.

        Raises:
            NotFoundError, AccessError, DocumentError: See `change_file`. Errors of `change` are passed on.
        """
        with self._editing():
            if path == self.inbox and not path.exists():
                from newsletter.issue.inbox import HEAD

                write_whole(path, change(Source(display(path), HEAD)).encode())
            else:
                change_file(path, change)

    def edit(self, path: Path, seen: str, change: Callable[[Source], str]) -> None:
        """Change a file unless its text differs from `seen`, the text that the author saw. On errors it stays the same.

        Raises:
            ConflictError: The text differs.
            NotFoundError, AccessError, DocumentError: See `change`.
        """

        def changed(source: Source) -> str:
            if source.text != seen:
                message = f"{source.name} has changed since it was shown"
                raise ConflictError(message, "Nothing was overwritten. Choose which version to keep.")
            return change(source)

        self.change(path, changed)

    def begin(self, new: NewIssue) -> Path:
        """Create an issue from the scaffold. Returns its file.

        Raises:
            ExistsError, AccessError: The file already exists, or cannot be written.
        """
        path = self.workspace.issues_folder / f"{new.slug}.yaml"
        write_new(path, self._scaffold(new).encode())
        return path

    def begin_from_inbox(self, new: NewIssue) -> Path:
        """Create an issue with the entries of the inbox, and empty the inbox. Returns the file of the issue.

        Raises:
            NotFoundError: The inbox is empty or does not exist.
            ExistsError, AccessError, DocumentError: The issue already exists, or a file cannot be read or written.
        """
        from newsletter.issue.inbox import move_inbox

        path = self.workspace.issues_folder / f"{new.slug}.yaml"
        with self._editing():
            if not self.inbox.exists():
                raise NotFoundError(f"{display(self.inbox)} does not exist", "Run `newsletter add --inbox URL` first.")
            scaffold = Source(display(path), self._scaffold(new))
            text, rest = move_inbox(read_source(self.inbox), scaffold)
            # The issue is written first: if writing the inbox fails, entries are duplicated, not lost.
            write_new(path, text.encode())
            change_file(self.inbox, lambda _: rest)
        return path

    def begin_digest(
        self, period: "Period", *, slug: str | None, number: int | None, day: date | None, title: str | None
    ) -> "tuple[Path, Digest]":
        """Create an issue from the published issues of a period.

        Args:
            period: The period.
            slug: The slug. Defaults to the period's slug.
            number: The number. Defaults to none, so that a digest does not interrupt the issue numbering.
            day: The date. Defaults to the day after the period.
            title: The title. Defaults to the name of the publication and of the period.

        Returns:
            The file of the issue, and the digest that it contains.

        Raises:
            NotFoundError: No issue was published in the period.
            NewsletterError: An issue cannot be read, or an argument is not valid.
        """
        from newsletter.issue.digest_issue import compile_digest
        from newsletter.issue.draft_yaml import issue_text as draft_text

        documents = self._published(period)
        languages = {document.issue.language or self.workspace.basics.language for document in documents}
        language = languages.pop() if len(languages) == 1 else self.workspace.basics.language
        plan = plan_issue(
            self.workspace.basics,
            self.workspace.issues,
            period.last,
            slug=slug or period.slug,
            number=number,
            day=day or period.last + timedelta(days=1),
            title=title or f"{self.workspace.basics.name} — {period.named(language)}",
        )
        digest = compile_digest(documents, self.workspace.basics.section_keys)
        head = replace(
            digest.issue,
            title=plan.title,
            date=plan.date.isoformat(),
            number=str(number or ""),
            status=Status.DRAFT.value,
            language="" if language == self.workspace.basics.language else language,
        )
        path = self.workspace.issues_folder / f"{plan.slug}.yaml"
        write_new(path, draft_text(head, self.workspace.basics.section_keys).encode())
        return path, digest

    def _scaffold(self, new: NewIssue) -> str:
        return issue_text(self.workspace.template_folders, new, self.workspace.basics.section_keys)

    def _published(self, period: "Period") -> "list[IssueDocument]":
        """Return the published issues of a period, oldest first."""
        from newsletter.issue.issue_file import read_issue

        if self.workspace.issues.errors:
            raise self.workspace.issues.errors[0]
        listed = [found for found in self.workspace.issues.issues if period.first <= found.head.date <= period.last]
        published = [found for found in listed if found.head.status is Status.PUBLISHED]
        if not published:
            drafts = ", ".join(found.slug for found in listed)
            advice = f"There are only drafts in this period: {drafts}." if drafts else "Run `newsletter list`."
            raise NotFoundError(f"no issue was published from {period.first} to {period.last}", advice)
        return [read_issue(found.path, self.workspace.basics.section_keys) for found in published]

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """Lock the publication, so that no other command edits it."""
        from filelock import FileLock, Timeout

        path = working_path(self.workspace.root, "edit.lock")
        lock = FileLock(path, timeout=LOCK_TIMEOUT)
        try:
            path.parent.mkdir(exist_ok=True)
            lock.acquire()
        except Timeout as error:
            message = f"another command has been editing this publication for {LOCK_TIMEOUT} seconds"
            raise AccessError(message, "Wait until it has finished, or stop it, then try again.") from error
        except OSError as error:
            message = f"{display(path)} cannot be written: {error.strerror}"
            raise AccessError(message, "Check the permissions of its folder and the free disk space.") from error
        try:
            yield
        finally:
            lock.release()
