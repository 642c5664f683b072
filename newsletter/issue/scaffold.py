"""Plans a new issue, with its number, date and title, and writes its scaffold."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from pathlib import Path

from newsletter.documents.writer import INDENT, yaml_text
from newsletter.errors import ExistsError, NewsletterError, SlugError
from newsletter.files import display
from newsletter.issue.head import MAX_NUMBER
from newsletter.issue.issue_list import IssueList
from newsletter.issue.slugs import slug_error
from newsletter.publication.basics import PublicationBasics
from newsletter.publication.issue_dates import first_date, next_date
from newsletter.publication.scaffold_files import fill_scaffold, require_line
from newsletter.publication.section import PAPERS, SectionKeys, pick_section


@dataclass(frozen=True, slots=True)
class NewIssue:
    """The values that the scaffold of a new issue is filled in with."""

    slug: str
    title: str
    date: date
    number: int | None


def plan_issue(
    publication: PublicationBasics,
    archive: IssueList,
    today: date,
    *,
    slug: str | None = None,
    number: int | None = None,
    day: date | None = None,
    title: str | None = None,
) -> NewIssue:
    """Plan the next issue. Its date follows the rhythm, and its number follows the highest one.

    `slug`, `number`, `day` and `title` replace the planned values. `today` is used only if there are no issues yet.

    Raises:
        SlugError: the slug is not valid.
        NewsletterError: the next date or number is too large.
        ExistsError: another issue has the slug, as its own or as an alias, or the number.
    """
    last = archive.issues[-1].head.date if archive.issues else None
    try:
        chosen = day or (next_date(publication.rhythm, last) if last else first_date(publication.rhythm, today))
    except (OverflowError, ValueError) as error:
        raise NewsletterError("the next date is after the year 9999", "Set the date with `--date`.") from error
    if slug and not slug_error(slug):
        _require_free(slug, publication, archive, chosen)
    taken = {listed.head.number: listed.slug for listed in archive.issues if listed.head.number}
    if number is None and slug and re.fullmatch(r"0*[1-9][0-9]{0,5}", slug) and publication.numbered:
        number = int(slug)
    if number is None and publication.numbered:
        number = max(taken, default=0) + 1
        if number > MAX_NUMBER:
            raise NewsletterError(
                f"the next number is larger than the maximum, {MAX_NUMBER}", "Set the number with `--number`."
            )
    if number in taken:
        raise ExistsError(
            f"the number {number} is already used by {taken[number]}", f"The next free number is {max(taken) + 1}."
        )
    name = slug or slug_for(publication, archive, number, chosen)
    if reason := slug_error(name):
        raise SlugError(reason, "Use lower-case letters, digits and hyphens, as in 030 or 2021-week-39.")
    if owner := next((listed.slug for listed in archive.issues if name in listed.head.aliases), ""):
        raise ExistsError(f"the slug {name} is an alias of {owner}", "Choose another slug.")
    _require_free(name, publication, archive, chosen)
    return NewIssue(
        name, require_line(title, "title") if title else publication.title_of(number, chosen), chosen, number
    )


def issue_text(folders: tuple[Path, ...], new: NewIssue, declared: SectionKeys) -> str:
    """Return the text of a new issue's file: the scaffold, filled in with its values and the declared sections."""
    first, *others = declared
    return fill_scaffold(
        folders,
        "issue.yaml",
        {
            "title": yaml_text(new.title),
            "date": new.date.isoformat(),
            "number": str(new.number or ""),
            "slug": new.slug,
            "example_section": pick_section(declared, PAPERS),
            "highlights": "\n".join(f"{INDENT}{key}:" for key in declared),
            "first_section": first,
            "other_sections": "\n".join(f"{INDENT}{key}: []" for key in others),
        },
    )


def _require_free(slug: str, publication: PublicationBasics, archive: IssueList, day: date) -> None:
    """Raise an ExistsError if an issue's file has the slug. Its advice names the next free slug."""
    path = archive.folder / f"{slug}.yaml"
    if not path.exists():
        return
    number = max((listed.head.number or 0 for listed in archive.issues), default=0) + 1
    dated = slug_for(publication, archive, None, day)
    candidates = (
        (slug_for(publication, archive, more, day) for more in count(number))
        if publication.numbered
        else chain([dated], (f"{dated}-{more}" for more in count(2)))
    )
    # The files also count of issues that cannot be read, whose numbers are not known.
    free = next(name for name in candidates if not (archive.folder / f"{name}.yaml").exists())
    raise ExistsError(
        f"{display(path)} already exists", f"Open it, or choose another slug; the next free one is {free}."
    )


def slug_for(publication: PublicationBasics, archive: IssueList, number: int | None, day: date) -> str:
    """Return the slug of a new issue.

    It is the number, with as many digits as in the other issues' slugs. If issues are not numbered, it is the week
    of a weekly newsletter, otherwise the date.
    """
    if number is not None and publication.numbered:
        numbered = (
            listed for listed in archive.issues if listed.slug.isdigit() and int(listed.slug) == listed.head.number
        )
        digits = max((len(listed.slug) for listed in numbered), default=3)
        return f"{number:0{digits}d}"
    week = day.isocalendar()
    return f"{week.year}-week-{week.week:02d}" if publication.rhythm.every == "week" else day.isoformat()
