"""The words that the layout itself says, in one language."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from newsletter.fields.base import Model
from newsletter.fields.text import Line, refuse
from newsletter.publication.section import Section


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
    found_none: Line = Field("No results", description="When the search finds nothing.")
    search_failed: Line = Field(
        "The search could not be loaded. Reload the page to try again.", description="When the search does not work."
    )
    search_script: Line = Field(
        "The search needs JavaScript. The tags and the list of issues work without it.",
        description="What a reader without JavaScript is told.",
    )
    more: Line = Field("More results", description="The button for further results.")
    email: Line = Field("Your email address", description="The label of the form's field.")
    missing: Line = Field("Page not found", description="The heading of the page that is shown in place of one.")
    missing_advice: Line = Field(
        "It may have moved. Try one of these:", description="Under it, before the links to the rest."
    )
    feeds: Line = Field("Feeds", description="Before the links to the feeds.")
    draft: Line = Field("Draft", description="The mark of an issue that is not out yet.")
    none: Line = Field("No issues yet", description="In place of the list of issues.")


class PagesLabels(Model):
    """The words of the live pages, and of the letters that they cause."""

    subscribe_note: Line = Field(
        "We’ll email you a link to confirm. You can unsubscribe at any time.",
        description="Under the call to subscribe.",
    )
    trap: Line = Field("Leave this field empty", description="The label of a field that only programs see.")
    asked: Line = Field("Check your inbox", description="When somebody has asked to subscribe.")
    asked_note: Line = Field(
        "Look for our email, and click the link in it. If it isn’t there in a few minutes, check your spam folder.",
        description="Under it; the same whether or not the address is known.",
    )
    address_fault: Line = Field(
        "Enter a valid email address, such as ann@example.org.",
        description="When what was typed is no email address.",
    )
    too_many: Line = Field("Too many attempts", description="When one network asks too often.")
    too_many_note: Line = Field("Wait a few minutes, then try again.", description="Under it.")
    confirm: Line = Field("Confirm your subscription", description="Above the button that confirms a subscription.")
    confirm_note: Line = Field("Click to subscribe {address} to {name}.", description="Under it.")
    confirm_button: Line = Field("Confirm subscription", description="The button's words.")
    confirmed: Line = Field("You’re subscribed", description="When a subscription is confirmed.")
    confirmed_note: Line = Field("You’ll get the next issue by email.", description="Under it.")
    leave: Line = Field("Unsubscribe {address}?", description="Above the button that ends a subscription.")
    leave_note: Line = Field("You won’t get any more issues of {name}.", description="Under it.")
    left: Line = Field("You’re unsubscribed", description="When a subscription has ended.")
    left_note: Line = Field(
        "You won’t get any more issues. Unsubscribed by mistake? You can subscribe again.", description="Under it."
    )
    preferences: Line = Field("Your preferences", description="The heading of the preferences.")
    active: Line = Field("New issues are sent to:", description="Before the address of a subscriber.")
    inactive: Line = Field("No issues are sent to:", description="Before the address of who is none.")
    language: Line = Field("Language", description="The label of the choice of languages.")
    any_language: Line = Field("No preference", description="The choice of none of them.")
    tags: Line = Field("Topics", description="The label of the choice of tags.")
    save: Line = Field("Save", description="The button under the choices.")
    saved: Line = Field("Your preferences are saved.", description="When they are.")
    own: Line = Field("Your data", description="The heading above the links to it.")
    own_note: Line = Field(
        "To download or delete your data, request a link by email. It is valid for one day.",
        description="Under it, where the page's link came with an issue.",
    )
    own_button: Line = Field("Email me the link", description="The button under that.")
    export: Line = Field("Download your data (JSON)", description="The link to what is kept.")
    erase: Line = Field("Delete your data", description="The link, the heading and the button for erasing.")
    erase_note: Line = Field(
        "This deletes your address and everything stored about you, and stops the newsletter. It can’t be undone.",
        description="Above the button.",
    )
    erased: Line = Field("Your data is deleted", description="When it is.")
    erased_note: Line = Field(
        "We keep only a code that can’t be turned back into your address, so that no import adds you again.",
        description="Under it.",
    )
    broken_link: Line = Field("This link doesn’t work", description="When a link is not one of ours.")
    broken_link_note: Line = Field(
        "It may be incomplete. Copy the whole link from the email, or request a new one:",
        description="Under it, before the link to subscribe.",
    )
    old_link: Line = Field("This link has expired", description="When a link is not good any more.")
    old_link_note: Line = Field(
        "You can request a new one:",
        description="Under it, before the link to subscribe.",
    )
    trouble: Line = Field("Something went wrong", description="When something fails on our side.")
    trouble_note: Line = Field(
        "Nothing has changed. Try again in a few minutes.",
        description="Under it.",
    )
    letter_subject: Annotated[Line, _with("name")] = Field(
        "Confirm your subscription to {name}",
        description="The subject of the letter that asks to confirm; `{name}` is the newsletter.",
    )
    letter_note: Annotated[Line, _with("name")] = Field(
        "Click to confirm your subscription to {name}:",
        description="What it says.",
    )
    letter_end: Line = Field(
        "The link is valid for seven days. If you didn’t sign up, ignore this email.", description="Its last line."
    )
    known_subject: Annotated[Line, _with("name")] = Field(
        "You’re already subscribed to {name}", description="The subject of the letter to who is subscribed already."
    )
    known_note: Annotated[Line, _with("name")] = Field(
        "This address is already subscribed to {name}. You can change your preferences here:",
        description="What it says.",
    )
    known_end: Line = Field("If you didn’t sign up, ignore this email.", description="Its last line.")
    own_subject: Annotated[Line, _with("name")] = Field(
        "Your data at {name}", description="The subject of the letter that leads to it."
    )
    own_letter_note: Annotated[Line, _with("name")] = Field(
        "Download or delete the data that {name} stores about you:", description="What it says."
    )
    own_end: Line = Field(
        "The link is valid for one day. If you didn’t request it, ignore this email.", description="Its last line."
    )
    welcome_subject: Annotated[Line, _with("title")] = Field(
        "Welcome! {title}", description="The subject of the latest issue, when it is sent as a welcome."
    )


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
    preferences: Line = Field("Preferences", description="The words of the link to the reader's preferences.")
    view: Line = Field(description="The words of the link to the issue on the web.")
    date_format: Annotated[Line, AfterValidator(_date_format)] = Field(
        "long", description="A CLDR date pattern, or full, long, medium or short."
    )
    web: WebLabels = Field(WebLabels(), description="The words of the web archive; what is not given is in English.")
    pages: PagesLabels = Field(
        PagesLabels(), description="The words of the live pages and their letters; what is not given is in English."
    )
