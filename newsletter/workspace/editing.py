"""Edits the files of a publication, one command at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from newsletter.documents.source import Source, change_file, read_source
from newsletter.errors import AccessError, ConflictError, NotFoundError
from newsletter.files import display, write_new, write_whole
from newsletter.issue import inbox
from newsletter.issue.digest_issue import Digest, Period, compile_digest
from newsletter.issue.draft_yaml import issue_text as draft_text
from newsletter.issue.issue_file import IssueDocument, read_issue
from newsletter.issue.model import Status
from newsletter.issue.scaffold import NewIssue, issue_text, plan_issue
from newsletter.workspace.workspace import Workspace

PATIENCE = 60
"""How many seconds a command waits for another one that edits the same publication."""


class WorkspaceEditor:
    """Changes issues and the inbox of a publication under a lock."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @property
    def inbox(self) -> Path:
        """The file of entries without an issue; it may not exist."""
        return self.workspace.root / inbox.FILE

    def draft(self) -> Path | None:
        """The newest issue that is not published; none where there is none.

        Raises:
            NewsletterError: an issue cannot be read, and may be the one.
        """
        if self.workspace.issues.errors:
            raise self.workspace.issues.errors[0]
        drafts = (
            listed.path for listed in reversed(self.workspace.issues.issues) if listed.head.status is Status.DRAFT
        )
        return next(drafts, None)

    def change(self, path: Path, change: Callable[[Source], str]) -> None:
        """Put a changed text in the place of an issue's, or of the inbox's, which is begun where there is none.

        Raises:
            NotFoundError, AccessError, DocumentError: see `change_file`, or whatever `change` raises.
        """
        with self._editing():
            if path == self.inbox and not path.exists():
                write_whole(path, change(Source(display(path), inbox.HEAD)).encode())
            else:
                change_file(path, change)

    def edit(self, path: Path, seen: str, change: Callable[[Source], str]) -> None:
        """Change a file whose text is still the one that the author saw.

        Raises:
            ConflictError: the file holds another text by now; it stays as it is.
            NotFoundError, AccessError, DocumentError: see `change`; the file stays as it was.
        """

        def changed(source: Source) -> str:
            if source.text != seen:
                message = f"{source.name} has changed since it was shown"
                raise ConflictError(message, "Nothing was overwritten. Choose which of the two is kept.")
            return change(source)

        self.change(path, changed)

    def begin(self, new: NewIssue) -> Path:
        """Begin an issue with the scaffold.

        Raises:
            ExistsError, AccessError: its file is there already, or cannot be written.
        """
        path = self.workspace.issues_folder / f"{new.slug}.yaml"
        write_new(path, issue_text(self.workspace.template_folders, new).encode())
        return path

    def begin_from_inbox(self, new: NewIssue) -> Path:
        """Begin an issue with what waits in the inbox, and empty that.

        Raises:
            NotFoundError: nothing waits there.
            ExistsError, AccessError, DocumentError: the issue is there already, or the inbox cannot be read.
        """
        path = self.workspace.issues_folder / f"{new.slug}.yaml"
        with self._editing():
            if not self.inbox.exists():
                raise NotFoundError("there is no inbox yet", "Collect something first: `newsletter add --inbox URL`.")
            scaffold = Source(display(path), issue_text(self.workspace.template_folders, new))
            text, rest = inbox.move_inbox(read_source(self.inbox), scaffold)
            # The issue first: what were written twice can be taken out again, what was lost cannot.
            write_new(path, text.encode())
            change_file(self.inbox, lambda _: rest)
        return path

    def begin_digest(
        self, period: Period, *, slug: str | None, number: int | None, day: date | None, title: str | None
    ) -> tuple[Path, Digest]:
        """Begin an issue compiled from the published issues of a period; what is given of its head is kept.

        Its date is the day after the period. It has no number of its own accord, so that those
        of the issues go on.

        Raises:
            NotFoundError: no issue was published then.
            NewsletterError: an issue cannot be read, or an argument is invalid.
        """
        documents = self._published(period)
        languages = {document.issue.language or self.workspace.publication.language for document in documents}
        language = languages.pop() if len(languages) == 1 else self.workspace.publication.language
        plan = plan_issue(
            self.workspace.publication,
            self.workspace.issues,
            period.last,
            slug=slug or period.slug,
            number=number,
            day=day or period.last + timedelta(days=1),
            title=title or f"{self.workspace.publication.name} — {period.named(language)}",
        )
        digest = compile_digest(documents)
        head = replace(
            digest.issue,
            title=plan.title,
            date=plan.date.isoformat(),
            number=str(number or ""),
            status=Status.DRAFT.value,
            language="" if language == self.workspace.publication.language else language,
        )
        path = self.workspace.issues_folder / f"{plan.slug}.yaml"
        write_new(path, draft_text(head).encode())
        return path, digest

    def _published(self, period: Period) -> list[IssueDocument]:
        """The published issues of a period, oldest first."""
        if self.workspace.issues.errors:
            raise self.workspace.issues.errors[0]
        listed = [found for found in self.workspace.issues.issues if period.first <= found.head.date <= period.last]
        published = [found for found in listed if found.head.status is Status.PUBLISHED]
        if not published:
            drafts = ", ".join(found.slug for found in listed)
            advice = f"Of that time there are drafts only: {drafts}." if drafts else "See `newsletter list`."
            raise NotFoundError(f"no issue was published from {period.first} to {period.last}", advice)
        return [read_issue(found.path) for found in published]

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """While this holds, no other command edits this publication: what one reads, another has finished writing."""
        from filelock import FileLock, Timeout

        path = self.workspace.root / ".newsletter" / "edit.lock"
        lock = FileLock(path, timeout=PATIENCE)
        try:
            path.parent.mkdir(exist_ok=True)
            lock.acquire()
        except Timeout as error:
            message = f"another command has been editing this publication for {PATIENCE} seconds"
            raise AccessError(message, "Wait until it is done, or end it, and try again.") from error
        except OSError as error:
            message = f"{display(path)} cannot be written: {error.strerror}"
            raise AccessError(message, "Check the permissions of its folder, and the space on the disk.") from error
        try:
            yield
        finally:
            lock.release()
