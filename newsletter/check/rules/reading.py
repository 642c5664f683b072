"""Problems that are found while an issue is read and its images are opened. They cannot be ignored."""

from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.check.rule import Rules, Subject
from newsletter.errors import Problem, Severity

rules: "Rules[ReadProblems]" = Rules(Subject.ISSUE, firm=True)


@dataclass(frozen=True)
class ReadProblems:
    """Validation errors of a file, and images that cannot be used; each has its location already."""

    faults: tuple[Problem, ...] = ()
    images: tuple[Problem, ...] = ()


@rules.rule(
    "schema",
    Severity.ERROR,
    "Nothing can be rendered from the file as it is.",
    "schemas/issue.schema.json; docs/publication.md",
)
def schema(reading: ReadProblems) -> Iterable[Problem]:
    """A file that is no YAML, or says what an issue cannot be: a key, a date, an id, a reference, a language."""
    return reading.faults


@rules.rule(
    "image-unusable",
    Severity.ERROR,
    "An inbox would show a broken image.",
    "docs/email.md",
)
def image_unusable(reading: ReadProblems) -> Iterable[Problem]:
    """An image that is missing, broken, too large, or of a kind that no inbox shows."""
    return reading.images
