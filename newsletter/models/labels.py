"""The words that the layout itself says, in one language."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from newsletter.models.base import Model
from newsletter.models.section import Section
from newsletter.models.text import Line, refuse


def _one_for_each(value: Any) -> Any:
    if isinstance(value, list) and len(value) != len(Section):
        raise refuse(
            f"{len(value)} sentences, and {len(Section)} are needed",
            "Write one for an issue of one section, of two, and so on to five.",
        )
    return value


def _with(field: str) -> AfterValidator:
    def check(value: str) -> str:
        if f"{{{field}}}" not in value:
            raise refuse(f"`{{{field}}}` is missing", f"Write it where the {field} stands.")
        return value

    return AfterValidator(check)


# The letters of a date pattern that a day can fill, with the longest form that each has.
_LONGEST = {"y": 4, "M": 5, "L": 5, "d": 2, "E": 5}


def _date_format(value: str) -> str:
    """A name, or a pattern of CLDR whose letters say year, month, day and weekday (UTS 35, Date Format Patterns)."""
    runs = re.finditer(r"([A-Za-z])\1*", re.sub(r"'[^']*'", "", value))
    if value not in ("full", "long", "medium", "short") and any(len(run[0]) > _LONGEST.get(run[1], 0) for run in runs):
        raise refuse("this is not a date pattern", "Write full, long, medium or short, or a pattern such as d MMMM y.")
    return value


class SectionNames(Model):
    """The sections' names."""

    featured: Line = Field(description="The featured section's name.")
    use_cases: Line = Field(description="The use cases' name.")
    papers: Line = Field(description="The papers' name.")
    articles: Line = Field(description="The articles' name.")
    other: Line = Field(description="The other topics' name.")


class WebLabels(Model):
    """The words of the web archive."""

    latest: Line = Field("Latest issue", description="Above the newest issue.")
    read: Line = Field("Read the issue", description="The link to the whole of it.")
    archive: Line = Field("All issues", description="The heading of the list of issues, and the link to it.")
    previous: Line = Field("Previous issue", description="The link to the issue before.")
    next: Line = Field("Next issue", description="The link to the issue after.")
    entries: Line = Field("In this issue", description="The heading of an issue's stories.")
    navigation: Line = Field("Site", description="What the links at the top of a page are, for who does not see them.")
    neighbours: Line = Field("Issues before and after", description="What the links to the neighbours are.")
    skip: Line = Field("Skip to the content", description="The first link of a page, for keyboards.")
    tags: Line = Field("Tags", description="The heading of the list of tags.")
    about: Line = Field("About", description="The link to the page about the newsletter.")
    search: Line = Field("Search", description="The search's heading, its link and its button.")
    searching: Line = Field("Searching …", description="While the search looks.")
    found: Annotated[Line, _with("count")] = Field(
        "Issues found: {count}", description="When the search found something; `{count}` is the number of issues."
    )
    found_none: Line = Field("Nothing was found.", description="When the search finds nothing.")
    search_failed: Line = Field("The search could not be loaded.", description="When the search does not work.")
    search_script: Line = Field(
        "The search needs JavaScript. The tags and the list of issues work without it.",
        description="What a reader without JavaScript is told.",
    )
    more: Line = Field("More results", description="The button for further results.")
    email: Line = Field("Your email address", description="The label of the form's field.")
    missing: Line = Field("There is no such page", description="The heading of the page that is shown in place of one.")
    missing_advice: Line = Field(
        "It may have moved. Here is what there is:", description="Under it, before the links to the rest."
    )
    feeds: Line = Field("Feeds", description="Before the links to the feeds.")
    draft: Line = Field("Draft", description="The mark of an issue that is not out yet.")
    none: Line = Field("No issue is out yet.", description="In place of the list of issues.")


class Labels(Model):
    """One file of `templates/labels/`, whose stem is the language."""

    sections: SectionNames = Field(description="The sections' names.")
    contents: Annotated[tuple[Line, ...], BeforeValidator(_one_for_each)] = Field(
        description="The sentence above the list of sections: for one section, for two, and so on to five."
    )
    subscribe: Line = Field(description="The words on the button.")
    subscribe_call: Line = Field(description="The sentence above the button.")
    past_issues: Line = Field(description="The heading of the past issues.")
    other_writing: Line = Field(description="The heading of the other writing.")
    about: Line = Field(description="The heading of the text about the author.")
    image_alt: Annotated[Line, _with("title")] = Field(
        description="What stands for a figure without `image_alt`; `{title}` is the entry's title."
    )
    image_credit: Annotated[Line, _with("credit")] = Field(
        description="The line under a figure; `{credit}` is its credit."
    )
    reason: Line = Field(description="Why the reader gets this email.")
    unsubscribe: Line = Field(description="The words of the link that ends the subscription.")
    view: Line = Field(description="The words of the link to the issue on the web.")
    date_format: Annotated[Line, AfterValidator(_date_format)] = Field(
        "long", description="A CLDR date pattern, or full, long, medium or short."
    )
    web: WebLabels = Field(WebLabels(), description="The words of the web archive; what is not given is in English.")
