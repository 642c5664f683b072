"""What the views of the dashboard share: the publication, and the token of their pages."""

from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.navigation import NavigationLink
from newsletter.dashboard.page_files import view_page
from newsletter.dashboard.sending_processes import SendingProcesses
from newsletter.errors import NewsletterError
from newsletter.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What the views share.

    Attributes:
        root: The folder of the publication.
        token: The secret that a page sends with each change.
        changes: The changes of the publication's files.
        processes: The processes that send campaigns.
    """

    root: Path
    token: str
    changes: FileChanges
    processes: SendingProcesses

    def workspace(self) -> Workspace:
        """Read the publication as it is now.

        Raises:
            NewsletterError: `newsletter.yaml` cannot be read.
        """
        return Workspace(self.root)

    def page(self, script: str, current: NavigationLink) -> Response:
        """Return the page of a view, which a script in `page/` fills."""
        try:
            publication = self.workspace().publication.name
        except NewsletterError:
            # The script shows the error.
            publication = "Dashboard"
        return view_page(script, self.token, current, publication)
