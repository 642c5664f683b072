"""Rules for problems that are found while reading an issue and its images. They cannot be ignored."""

from collections.abc import Iterable
from typing import NamedTuple

from newsletter.check.rule import Rules, Subject
from newsletter.errors import Problem, Severity

rules: "Rules[ReadProblems]" = Rules(Subject.ISSUE, mandatory=True)


class ReadProblems(NamedTuple):
    """Validation errors of a file, and images that cannot be used, both with their locations."""

    errors: tuple[Problem, ...] = ()
    images: tuple[Problem, ...] = ()


@rules.rule(
    "schema",
    Severity.ERROR,
    "An issue with such an error cannot be rendered.",
    "schemas/issue.schema.json; docs/publication.md",
)
def schema(reading: ReadProblems) -> Iterable[Problem]:
    """Invalid YAML, or a value that an issue cannot have: a key, date, id, reference or language.

    Correct the line. The finding shows what was expected, and suggests the nearest known key.
    """
    return reading.errors


@rules.rule(
    "image-unusable",
    Severity.ERROR,
    "The email would show a broken image.",
    "docs/email.md",
)
def image_unusable(reading: ReadProblems) -> Iterable[Problem]:
    """An image that is missing, damaged, too large, or in a format that no inbox shows.

    Check the path, or save the image again, for example as PNG or JPEG.
    """
    return reading.images
