"""The texts of the layout in one language, such as headings and buttons."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from newsletter.fields.base import Model
from newsletter.fields.text import Checked, Line, refuse
from newsletter.publication.section import DEFAULT_SECTIONS


def _one_for_each(value: Any) -> Any:
    if isinstance(value, list) and len(value) != len(DEFAULT_SECTIONS):
        raise refuse(
            f"expected {len(DEFAULT_SECTIONS)} sentences, found {len(value)}",
            "Write one for an issue with one section, one for two sections, and so on up to five.",
        )
    return value


def _with(field: str) -> Checked:
    def check(value: str) -> str:
        if f"{{{field}}}" not in value:
            raise refuse(f"`{{{field}}}` is missing", f"Add it where the {field} belongs.")
        return value

    return Checked(check)


# The letters of a date pattern that a date without a time can fill in, and the maximum length of each.
_LONGEST = {"y": 4, "M": 5, "L": 5, "d": 2, "E": 5}


def _date_format(value: str) -> str:
    """Validate a format's name, or a CLDR pattern of year, month, day and weekday (UTS 35, Date Format Patterns)."""
    runs = re.finditer(r"([A-Za-z])\1*", re.sub(r"'[^']*'", "", value))
    if value not in ("full", "long", "medium", "short") and any(len(run[0]) > _LONGEST.get(run[1], 0) for run in runs):
        raise refuse(
            f"`{value}` is not a valid date format", "Write full, long, medium or short, or a pattern such as d MMMM y."
        )
    return value


class SectionNames(Model):
    """The names of the sections."""

    featured: Line = Field(description="The name of the featured section.")
    use_cases: Line = Field(description="The name of the use cases section.")
    papers: Line = Field(description="The name of the papers section.")
    articles: Line = Field(description="The name of the articles section.")
    other: Line = Field(description="The name of the other topics section.")


class WebLabels(Model):
    """The texts of the archive."""

    latest: Line = Field("Latest issue", description="The heading of the newest issue.")
    read: Line = Field("Read the issue", description="The link to a whole issue.")
    archive: Line = Field("All issues", description="The heading of the list of issues, and the link to it.")
    previous: Line = Field("Previous issue", description="The link to the previous issue.")
    next: Line = Field("Next issue", description="The link to the next issue.")
    entries: Line = Field("In this issue", description="The heading of an issue's entries.")
    navigation: Line = Field("Site", description="The name of the links at the top of a page, for screen readers.")
    neighbours: Line = Field(
        "Issues before and after",
        description="The name of the links to the previous and next issue, for screen readers.",
    )
    skip: Line = Field("Skip to the content", description="The first link of a page, for keyboard users.")
    tags: Line = Field("Tags", description="The heading of the list of tags.")
    about: Line = Field("About", description="The link to the page about the newsletter.")
    search: Line = Field("Search", description="The heading of the search page, the link to it, and its button.")
    search_example: Line = Field("Topic, name or site", description="The example in the empty field of the search.")
    search_hint: Line = Field(
        "Finds entries of all issues by their titles, comments and sources.",
        description="The sentence below the field of the search.",
    )
    searching: Line = Field("Searching …", description="The text shown during a search.")
    found: Annotated[Line, _with("count")] = Field(
        "Issues found: {count}", description="The text above search results; `{count}` is the number of issues."
    )
    found_none: Line = Field("No results", description="The text shown if a search has no results.")
    found_none_word: Annotated[Line, _with("word")] = Field(
        "No issue contains “{word}”", description="The text shown if no issue contains `{word}`, a word of the search."
    )
    found_none_advice: Line = Field(
        "Try fewer words or another spelling, or choose from the lists below.",
        description="The sentence shown below `found_none`.",
    )
    browse: Line = Field(
        "Browse", description="The heading of the tags and links on the search page, which are shown without results."
    )
    all_tags: Line = Field("All tags", description="The link to the list of all tags below some of them.")
    search_failed: Line = Field(
        "The search could not be loaded. Reload the page to try again.",
        description="The error shown if the search does not work.",
    )
    search_script: Line = Field(
        "The search needs JavaScript. The tags and the list of issues work without it.",
        description="The text shown on the search page if JavaScript is disabled.",
    )
    more: Line = Field("More results", description="The button that shows more results.")
    email: Line = Field("Your email address", description="The label of the email field in the form.")
    missing: Line = Field("Page not found", description="The heading of the page for a missing address (404).")
    missing_advice: Line = Field(
        "It may have moved. Try one of these:",
        description="The sentence below that heading, before links to other pages.",
    )
    feeds: Line = Field("Feeds", description="The text before the links to the feeds.")
    draft: Line = Field("Draft", description="The mark of an issue that is not published.")
    none: Line = Field("No issues yet", description="The text shown if there are no issues.")


class PagesLabels(Model):
    """The texts of the public pages and of transactional mail."""

    subscribe_note: Line = Field(
        "We’ll email you a link to confirm. You can unsubscribe at any time.",
        description="The sentence below the sign-up form.",
    )
    name: Line = Field("Your name (optional)", description="The label of the field for the name in the sign-up form.")
    name_fault: Line = Field(
        "Enter a name of at most 80 characters, without links.",
        description="The error if the input is not a valid name.",
    )
    interests: Line = Field(
        "What interests you? (optional)", description="The heading of the choice of tags in the sign-up form."
    )
    trap: Line = Field("Leave this field empty", description="The label of a hidden field that catches spam programs.")
    asked: Line = Field("Check your inbox", description="The heading after signing up.")
    asked_note: Line = Field(
        "We’ll email a link to this address if we can, unless we sent one recently. Check your spam folder, too.",
        description="The sentence below that heading. It is the same for addresses that are already subscribed.",
    )
    address_fault: Line = Field(
        "Enter a valid email address, such as ann@example.org.",
        description="The error if the input is not a valid email address.",
    )
    too_many: Line = Field("Too many attempts", description="The heading if a network makes too many requests.")
    too_many_note: Line = Field("Wait a few minutes, then try again.", description="The sentence below that heading.")
    confirm: Line = Field(
        "Confirm your subscription", description="The heading of the page that confirms a subscription."
    )
    confirm_note: Line = Field(
        "Click to subscribe {address} to {name}.", description="The sentence below that heading."
    )
    confirm_button: Line = Field("Confirm subscription", description="The button that confirms a subscription.")
    confirmed: Line = Field("You’re subscribed", description="The heading after confirming a subscription.")
    confirmed_note: Line = Field("You’ll get the next issue by email.", description="The sentence below that heading.")
    confirmed_welcome_note: Line = Field(
        "The latest issue is on its way to your inbox. You’ll get new issues by email, too.",
        description="The same sentence, if the latest issue was just sent as a welcome.",
    )
    leave: Line = Field("Unsubscribe {address}?", description="The heading of the page that asks before unsubscribing.")
    leave_note: Line = Field("You won’t get any more issues of {name}.", description="The sentence below that heading.")
    left: Line = Field("You’re unsubscribed", description="The heading after unsubscribing.")
    left_note: Line = Field(
        "You won’t get any more issues. Unsubscribed by mistake? You can subscribe again.",
        description="The sentence below that heading.",
    )
    unsubscribe_note: Line = Field(
        "Enter your email address to get a link that unsubscribes you.",
        description="The sentence above the form for readers without a working unsubscribe link.",
    )
    unsubscribe_button: Line = Field("Email me an unsubscribe link", description="The button of that form.")
    unsubscribe_asked: Line = Field("Request received", description="The heading after that form was sent.")
    unsubscribe_asked_note: Line = Field(
        "If this address is subscribed, we’ll send it a link to unsubscribe, unless we sent one recently.",
        description="The sentence below that heading. It is the same for every address.",
    )
    preferences: Line = Field("Your preferences", description="The heading of the preferences page.")
    active: Line = Field("New issues are sent to:", description="The text before the address of an active subscriber.")
    inactive: Line = Field(
        "You don’t get issues at:", description="The text before the address of a subscriber who gets no issues."
    )
    language: Line = Field("Language", description="The label of the choice of languages.")
    any_language: Line = Field("No preference", description="The choice of no particular language.")
    tags: Line = Field("Topics", description="The label of the choice of tags.")
    save: Line = Field("Save", description="The button that saves the preferences.")
    saved: Line = Field("Your preferences have been saved.", description="The text shown after saving the preferences.")
    own: Line = Field("Your data", description="The heading above the links to download and delete data.")
    own_note: Line = Field(
        "To download or delete your data, request a link by email. It is valid for one day.",
        description="The sentence below that heading, if the page was opened from an issue.",
    )
    own_button: Line = Field("Email me the link", description="The button that requests a link to the data by email.")
    link_sent_note: Annotated[Line, _with("address")] = Field(
        "We sent a link to {address}. It is valid for one day.",
        description="The text after requesting the link, if it was sent.",
    )
    link_wait: Line = Field("Try again later", description="The heading if another link was requested recently.")
    link_wait_note: Annotated[Line, _with("address"), _with("ago"), _with("wait")] = Field(
        "We already sent a link to {address} {ago}. Check your inbox, or try again {wait}.",
        description="The sentence below that heading. `{ago}` is a time such as “4 minutes ago”, `{wait}` such as “in 6"
        " minutes”.",
    )
    link_unsent_note: Annotated[Line, _with("address"), _with("ago"), _with("wait")] = Field(
        "We haven’t sent the link that you requested {ago} to {address} yet. You can try again {wait}.",
        description="The same sentence, if that link has not been sent yet.",
    )
    link_refused: Line = Field("We can’t email you", description="The heading if the address is suppressed.")
    link_refused_note: Annotated[Line, _with("address")] = Field(
        "We no longer send email to {address}. To download or delete your data, write to our postal address below.",
        description="Under it, above the publication’s postal address.",
    )
    export: Line = Field("Download your data (JSON)", description="The link that downloads the data.")
    erase: Line = Field(
        "Delete your data", description="The link to the page that deletes the data, its heading and its button."
    )
    erase_note: Line = Field(
        "This deletes your address and everything stored about you, and unsubscribes you. It can’t be undone.",
        description="The warning above the button that deletes the data.",
    )
    erased: Line = Field("Your data has been deleted", description="The heading after deleting the data.")
    erased_note: Line = Field(
        "We keep only a code that can’t be turned back into your address, so that you aren’t added again by mistake.",
        description="The sentence below that heading.",
    )
    broken_link: Line = Field("This link doesn’t work", description="The heading if a link is not valid.")
    broken_link_note: Line = Field(
        "It may be incomplete. Copy the whole link from the email, or request a new one:",
        description="The sentence below that heading, before the link to sign up.",
    )
    old_link: Line = Field("This link has expired", description="The heading if a link has expired or was used.")
    old_link_note: Line = Field(
        "You can request a new one:",
        description="The sentence below that heading, before the link to sign up.",
    )
    trouble: Line = Field("Something went wrong", description="The heading after an internal error.")
    trouble_note: Line = Field(
        "Nothing has changed. Try again in a few minutes.",
        description="The sentence below that heading.",
    )
    letter_subject: Annotated[Line, _with("name")] = Field(
        "Confirm your subscription to {name}",
        description="The subject of the email that asks for confirmation; `{name}` is the newsletter.",
    )
    letter_note: Annotated[Line, _with("name")] = Field(
        "Click to confirm your subscription to {name}:",
        description="The text of that email, before the link.",
    )
    letter_end: Line = Field(
        "The link is valid for seven days. If you didn’t sign up, ignore this email.",
        description="The last line of that email.",
    )
    known_subject: Annotated[Line, _with("name")] = Field(
        "You’re already subscribed to {name}",
        description="The subject of the email to a subscriber who signs up again.",
    )
    known_note: Annotated[Line, _with("name")] = Field(
        "This address is already subscribed to {name}. You can change your preferences here:",
        description="The text of that email, before the link.",
    )
    known_end: Line = Field("If you didn’t sign up, ignore this email.", description="The last line of that email.")
    own_subject: Annotated[Line, _with("name")] = Field(
        "Your data at {name}", description="The subject of the email with the link to download or delete data."
    )
    own_letter_note: Annotated[Line, _with("name")] = Field(
        "Download or delete the data that {name} stores about you:",
        description="The text of that email, before the link.",
    )
    own_end: Line = Field(
        "The link is valid for one day. If you didn’t request it, ignore this email.",
        description="The last line of that email.",
    )
    unsubscribe_subject: Annotated[Line, _with("name")] = Field(
        "Unsubscribe from {name}", description="The subject of the email with the link to unsubscribe."
    )
    unsubscribe_mail_note: Annotated[Line, _with("name")] = Field(
        "To stop getting {name} at this address, open this link:",
        description="The text of that email, before the link.",
    )
    unsubscribe_end: Line = Field(
        "If you didn’t request this, ignore this email. Nothing will change.",
        description="The last line of that email.",
    )
    welcome_subject: Annotated[Line, _with("title")] = Field(
        "Welcome! {title}",
        description="The subject of the latest issue when a new subscriber gets it; `{title}` is the issue's title.",
    )


class Labels(Model):
    """The texts of one language: one file in `templates/labels/`, named after the language."""

    sections: SectionNames = Field(description="The names of the sections.")
    contents: Annotated[tuple[Line, ...], BeforeValidator(_one_for_each)] = Field(
        description="The sentences above the list of sections, for one section, two sections, and so on up to five."
    )
    contents_many: Annotated[Line, _with("count")] = Field(
        "Below are more articles and papers, on {count} topics:",
        description="The sentence for an issue with more sections; `{count}` is their number.",
    )
    subscribe: Line = Field(description="The button and the link to subscribe.")
    subscribe_call: Line = Field(description="The sentence above that button.")
    forwarded: Line | None = Field(
        None,
        description="The sentence before the link to subscribe in the email. The default is `subscribe_call`.",
    )
    past_issues: Line = Field(description="The heading of the past issues.")
    other_writing: Line = Field(description="The heading of the author's other writing.")
    about: Line = Field(description="The heading of the text about the author.")
    image_alt: Annotated[Line, _with("title")] = Field(
        description="The alternative text of an image without `image_alt`; `{title}` is the entry's title."
    )
    image_credit: Annotated[Line, _with("credit")] = Field(
        description="The line below an image; `{credit}` is the value of `image_credit`."
    )
    sponsored: Line = Field("Sponsored", description="The label of a sponsored entry without a sponsor's name.")
    sponsored_by: Annotated[Line, _with("sponsor")] = Field(
        "Sponsored by {sponsor}", description="The label of a sponsored entry; `{sponsor}` is the sponsor's name."
    )
    via: Annotated[Line, _with("source")] = Field(
        "via {source}", description="Where a story was found; `{source}` is a name or a domain."
    )
    reason: Line = Field(description="The sentence that explains why the reader gets the email.")
    clicks: Line = Field(
        "We count clicks on the links to stories, and store nothing about who clicked.",
        description="The sentence in the footer of an email whose links count clicks.",
    )
    unsubscribe: Line = Field(description="The link to unsubscribe.")
    preferences: Line = Field("Preferences", description="The link to the reader's preferences.")
    view: Line = Field(description="The link to the issue on the web.")
    correction: Annotated[Line, _with("subject")] = Field(
        "Correction: {subject}", description="The subject of a correction; `{subject}` is the subject of the issue."
    )
    date_format: Annotated[Line, Checked(_date_format)] = Field(
        "long", description="A CLDR date pattern, or `full`, `long`, `medium` or `short`."
    )
    web: WebLabels = Field(WebLabels(), description="The texts of the archive. Missing texts are in English.")
    pages: PagesLabels = Field(
        PagesLabels(), description="The texts of the public pages and of their emails. Missing texts are in English."
    )
