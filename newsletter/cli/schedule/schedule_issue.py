"""Schedule an issue, or move a schedule, on the terminal: check the time, confirm, store."""

import shlex
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.cli.campaign.start import Confirmed, check_audience, confirm_audience
from newsletter.cli.terminal import print_status
from newsletter.errors import CampaignError
from newsletter.schedule.local_time import LocalTime, format_duration, write_duration
from newsletter.schedule.plan_schedule import Schedules, check_time, local_day
from newsletter.schedule.schedules import Schedule, SchedulePlan
from newsletter.schedule.zones import LocalTimeError

if TYPE_CHECKING:
    from newsletter.database.database import Database
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.mail.message import PreparedMessage
    from newsletter.preflight.candidate import Candidate
    from newsletter.workspace.workspace import Workspace

# Seconds for which a schedule is still sent if nothing was running at its time.
LATE = 7200


@dataclass(frozen=True, slots=True)
class ScheduleTime:
    """A checked time: as the author typed it, its zone, how late it may be, and the time in UTC that it means."""

    local: LocalTime
    zone: str
    late: int
    due: datetime

    @classmethod
    def check(cls, workspace: "Workspace", at: str, zone: str | None, late: int | None) -> "ScheduleTime":
        """Check the options of a schedule. Without a zone, the zone of the publication is used.

        Raises:
            CampaignError: The time cannot be used. The advice has commands that can, if the clocks are set then.
        """
        name = workspace.publication.timezone if zone is None else zone
        try:
            local, due = check_time(at, name)
        except LocalTimeError as error:
            commands = "\n".join(f"  {_this_command(str(choice))}" for choice in error.choices)
            if len(error.choices) == 1:
                # An offset alone does not say when the clocks are set.
                advice = f"If the time is that of another zone, name it with `--zone`. Otherwise:\n{commands}"
                raise CampaignError(error.message, advice) from error
            raise CampaignError(error.message, f"Choose one of these times:\n{commands}") from error
        return cls(local, name, LATE if late is None else late, due)

    def candidate(self, candidate: "Candidate") -> "Candidate":
        """Return a candidate for the preflight on the day of the schedule."""
        return replace(candidate, today=local_day(self.zone, self.due.timestamp()))

    def schedule(
        self,
        workspace: "Workspace",
        database: "Database",
        document: "IssueDocument",
        prepared: "PreparedMessage",
        audience: str,
        confirmed: Confirmed,
        *,
        correction: bool,
        offline: bool,
        moved: Schedule | None = None,
    ) -> None:
        """Ask for confirmation, and store the schedule, or `moved` with the new time."""
        size = check_audience(workspace, database, document, prepared, audience, confirmed, correction=correction)
        if offline:
            print_status(
                "--offline holds for this check only. The check at the time is online: if an image or a web page cannot"
                " be reached then, the issue is not sent."
            )
        if confirmed.dry_run:
            print_status(f"Dry run: nothing was scheduled. The time is {self._format()}.")
            return
        question = f"Send to {{people}} at {self._format()}"
        confirm_audience(document, size, question, confirmed, correction=correction)
        plan = SchedulePlan(document.slug, str(self.local), self.zone, self.late, prepared.digest, audience, correction)
        schedules = Schedules(workspace, database)
        stored = schedules.move(moved, plan) if moved else schedules.add(plan, document.names)
        left = format_duration(self.due.timestamp() - time.time())
        print_status(f"Schedule #{stored.id}: {document.slug} is sent in {left}, at {self._format()}.")
        print_status("`newsletter worker` must be running then. A change of the issue before then stops it.")

    def _format(self) -> str:
        return f"{self.local} {self.zone} ({self.due:%Y-%m-%d %H:%M} UTC)"


def _this_command(at: str) -> str:
    """Return the command that is running with another value of `--at`."""
    import click

    context = click.get_current_context()
    words, folder = ["newsletter"], context.find_root().params.get("folder")
    words += ["-C", folder] if folder else []
    words += ["send"] if context.info_name == "send" else ["schedule", context.info_name or ""]
    for parameter in context.command.get_params(context):
        value = context.params.get(parameter.name or "")
        if parameter.name == "at":
            words += ["--at", at]
        elif context.get_parameter_source(parameter.name or "") is not click.core.ParameterSource.COMMANDLINE:
            continue
        elif isinstance(parameter, click.Argument):
            words.append(str(value))
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[0])
        else:
            words += [parameter.opts[0], write_duration(int(value or 0)) if parameter.name == "late" else str(value)]
    return shlex.join(words)
