"""The steps of publishing an issue on the web."""

import os
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions, BuildReport, Progress
from newsletter.campaign.preparation import Preparation
from newsletter.check.runner import Checker
from newsletter.database.database import Database
from newsletter.errors import DeployError, DocumentError, Severity
from newsletter.files import environment_without
from newsletter.issue.edit_status import set_status
from newsletter.issue.head import Status
from newsletter.ledger.receipt_positions import database_id
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState
from newsletter.preflight.issue_checks import with_placeholders_as_errors
from newsletter.preflight.online import check_readers_pages
from newsletter.preflight.settings import check_settings
from newsletter.publication.delivery_settings import secret_variables
from newsletter.publish.deploy import check_program, run_deploy
from newsletter.publish.progress_file import archive_digest, change_progress, read_progress
from newsletter.publish.verify import WAITS, verify_online
from newsletter.render.renderer import Renderer
from newsletter.workspace.database_setting import TARGET_VARIABLE, VARIABLE
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

ARCHIVE = "build/site"


class Step(StrEnum):
    """A step of `newsletter publish`; the value is its name on the terminal."""

    CHECK = "check"
    BUILD = "build"
    DEPLOY = "deploy"
    VERIFY = "verify"
    STATUS = "status"
    TEST = "test"
    SEND = "send"


class WebPublication:
    """Publishes an issue on the web.

    Args:
        root: The publication's folder.
        slug: The issue.
        database: The database, whose keys the preflight needs.
        progress: Called for each image and each issue of the build.
        waits: Seconds between the attempts to reach the pages; None for those that hosts need.
    """

    def __init__(
        self, root: Path, slug: str, database: Database, progress: Progress, waits: Sequence[float] | None = None
    ) -> None:
        self._root, self._slug, self._database = root, slug, database
        self._progress, self._waits = progress, WAITS if waits is None else waits

    @property
    def workspace(self) -> Workspace:
        """The publication as its files are now."""
        return Workspace(self._root)

    @property
    def command(self) -> str:
        """The deploy command of the settings; "" if there is none."""
        return self.workspace.publication.archive.deploy or ""

    @property
    def archive(self) -> Path:
        """The folder of the built archive."""
        return self._root / ARCHIVE

    def check(self, *, sends: bool) -> str:
        """Raise an error if the issue or the settings have errors. Returns the findings as text.

        Args:
            sends: Whether the issue is sent after it is published on the web, so that the settings for sending count.

        Raises:
            DocumentError: The errors.
            AccessError: It cannot be remembered what was deployed.
            NewsletterError: The issue cannot be rendered, or a setting is wrong.
        """
        workspace = self.workspace
        self._check_settings(workspace, sends=sends)
        if self.command:
            check_program(workspace, self._root, self._environment())
        # If it could not be remembered what was deployed, each run would deploy it again.
        change_progress(self._root, lambda progress: progress)
        checker = Checker(Renderer(workspace))
        checked = checker.issue(self._slug)
        if checked.failure:
            raise checked.failure
        # The placeholders of newsletter.yaml are checked with the settings.
        settings = [problem for problem in checker.publication().problems if problem.rule != "scaffold-left"]
        problems = with_placeholders_as_errors(checked.problems)
        found = (*settings, *problems) if sends else problems
        errors = [problem for problem in found if problem.severity is Severity.ERROR]
        if errors:
            raise DocumentError(errors)
        warnings = sum(problem.severity is Severity.WARNING for problem in found)
        return f"{warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else "no problems found"

    def _check_settings(self, workspace: Workspace, *, sends: bool) -> None:
        errors = [each for each in check_settings(workspace) if each.state is DiagnosisState.ERROR]
        if not sends:
            site = workspace.document.problem(("site_url",), "", "")
            errors = [each for each in errors if each.about == f"{site.file}:{site.line}"]
        if errors:
            message = "; ".join(f"{each.about}: {each.message}" for each in errors)
            raise DeployError(message, " ".join(dict.fromkeys(each.advice for each in errors)))

    def build(self) -> BuildReport:
        """Build the archive as if the issue were published. Returns what was built.

        Raises:
            NewsletterError: The build failed; the archive is unchanged.
        """
        report: BuildReport = build_archive(
            self._root, self.archive, BuildOptions(as_published=self._slug), self._progress
        )
        if not report.published:
            raise report.faults[0]
        return report

    def is_deployed(self) -> bool:
        """Whether this archive was deployed by this command."""
        return read_progress(self._root).deployed == archive_digest(self.archive, self.command)

    def deploy(self) -> None:
        """Run the deploy command, unless this archive was deployed already.

        Raises:
            DeployError: The command failed.
        """
        run_deploy(self.command, self._root, self._environment())
        self._remember_deployed(archive_digest(self.archive, self.command))

    def verify(self) -> str:
        """Wait until the issue's page, its images and the home page are online. Returns the result as text.

        Raises:
            DeployError: They are not.
        """
        workspace = self.workspace
        document = workspace.issue(self._slug)

        def check() -> Sequence[Diagnosis]:
            preparation = Preparation(workspace, self._database)
            candidate = preparation.candidate(document, preparation.compose(document), "")
            return list(check_readers_pages(candidate))

        try:
            found = verify_online(check, self._waits)
        except DeployError:
            # What was deployed is not there, so the next run deploys it again.
            self._remember_deployed("")
            raise
        return found[0].message if found else "nothing to verify"

    def is_published(self) -> bool:
        """Whether the issue's file says `status: published`."""
        return self.workspace.issue(self._slug).issue.status is Status.PUBLISHED

    def mark_published(self) -> None:
        """Write `status: published` into the issue's file.

        Raises:
            NewsletterError: The file cannot be changed.
        """
        workspace = self.workspace
        path = workspace.find(self._slug)
        with self._database.read() as connection:
            database = database_id(connection)
        # Before the status is written, so that a kill in between leaves no published issue that is not remembered.
        change_progress(
            self._root, lambda progress: replace(progress, unsent={**progress.unsent, self._slug: database})
        )
        WorkspaceEditor(workspace).change(path, lambda source: set_status(source, Status.PUBLISHED))

    def _remember_deployed(self, digest: str) -> None:
        change_progress(self._root, lambda progress: replace(progress, deployed=digest))

    def _environment(self) -> dict[str, str]:
        """Return the environment of the deploy command, without secrets."""
        secrets = (VARIABLE, TARGET_VARIABLE, *secret_variables(self.workspace.publication.delivery))
        return environment_without(os.environ, secrets)


def describe_failure(step: Step, done: Sequence[Step], left: Sequence[Step], command: str) -> str:
    """Return the advice after a failed step: what was done, what was not, and how to continue."""
    finished = f"Done: {', '.join(done)}. " if done else ""
    return f"{finished}Not done: {', '.join((step, *left))}. To continue: `{command}`."
