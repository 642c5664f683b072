"""An issue's Medium story as the rules look at it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.issue.issue_file import IssueDocument

if TYPE_CHECKING:
    from newsletter.render.issue_view import IssueView


@dataclass(frozen=True)
class MediumStory:
    """The issue, and its view for the story's template."""

    document: IssueDocument
    view: "IssueView"
