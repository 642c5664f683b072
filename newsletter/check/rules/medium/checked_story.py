"""What the rules on a Medium story check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.issue.issue_file import IssueDocument
from newsletter.render.format import Format

if TYPE_CHECKING:
    from newsletter.render.views import IssueView


@dataclass(frozen=True)
class MediumStory:
    """An issue, its view for the template of the Medium story, and a function that renders formats of the story."""

    document: IssueDocument
    view: "IssueView"
    render: Callable[[tuple[Format, ...]], Mapping[Format, str]]
