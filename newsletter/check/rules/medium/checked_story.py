"""What the rules on a Medium story check."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.issue.issue_file import IssueDocument

if TYPE_CHECKING:
    from newsletter.render.views import IssueView


@dataclass(frozen=True)
class MediumStory:
    """An issue, and its view for the template of the Medium story."""

    document: IssueDocument
    view: "IssueView"
