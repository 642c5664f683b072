"""What was found while an issue was read and its images were looked at: no rule looks again, and none is silenced."""

from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.check.rule import Rules, Subject
from newsletter.errors import Problem, Severity

rules: "Rules[Reading]" = Rules(Subject.ISSUE, firm=True)


@dataclass(frozen=True)
class Reading:
    """The faults of a file by its schema, and the images that cannot be used; each has its place already."""

    faults: tuple[Problem, ...] = ()
    images: tuple[Problem, ...] = ()


@rules.rule(
    "schema",
    Severity.ERROR,
    "Nothing can be rendered from the file as it is.",
    "schemas/issue.schema.json; docs/publication.md",
)
def schema(reading: Reading) -> Iterable[Problem]:
    """A file that is no YAML, or says what an issue cannot be: a key, a date, an id, a reference, a language."""
    return reading.faults


@rules.rule(
    "image-unusable",
    Severity.ERROR,
    "An inbox would show a broken image.",
    "docs/email.md",
)
def image_unusable(reading: Reading) -> Iterable[Problem]:
    """An image that is missing, broken, too large, or of a kind that no inbox shows."""
    return reading.images
