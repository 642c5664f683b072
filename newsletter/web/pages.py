"""Renders the public pages as HTML, from the templates in `templates/pages/`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.publication.labels import Labels
from newsletter.render.page_templates import PageTemplates
from newsletter.web.sign_up_fields import NO_FIELDS, Choice, SignUpFields

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """What the preferences page shows; `export`, `leave` and `erase` are the paths of other pages.

    `fields` has the name, if the publication asks for it.

    Export and erasure are shown only if the link is `fresh`, because an older link may have been forwarded.
    """

    address: str
    active: bool
    languages: Sequence[Choice]
    tags: Sequence[Choice]
    export: str
    leave: str
    erase: str
    fresh: bool
    saved: bool = False
    fields: SignUpFields = NO_FIELDS


class PublicPages:
    """Renders the public pages of a publication, each in a given language."""

    def __init__(self, templates: PageTemplates) -> None:
        self._templates = templates

    @property
    def base(self) -> str:
        """The path of the pages; it ends with a slash."""
        return self._templates.base

    @property
    def labels(self) -> Mapping[str, Labels]:
        """The labels of each language."""
        return self._templates.labels

    @property
    def style(self) -> str:
        """The style sheet."""
        return self._templates.style

    def subscribe(self, language: str, fields: SignUpFields, *, email: str = "", fault: str = "") -> str:
        """Render the subscription form, with its other fields, the address that was entered and its error, if any."""
        title = self.labels[language].subscribe
        return self._page("subscribe", language, title=title, email=email, fault=fault, fields=fields)

    def unsubscribe(self, language: str, title: str, *, email: str = "", fault: str = "") -> str:
        """The form that requests an unsubscribe link; see `subscribe`."""
        return self._page("unsubscribe", language, title=title, email=email, fault=fault)

    def question(
        self,
        language: str,
        title: str,
        note: str,
        button: str,
        address: str = "",
        fields: SignUpFields = NO_FIELDS,
    ) -> str:
        """Render a page with one button, which posts to the URL of the page.

        Args:
            language: The language of the page.
            title: The heading. `{address}` and `{name}` in it are replaced by the address and the publication's name.
            note: The text under the heading, with the same placeholders.
            button: The text of the button.
            address: The reader's address.
            fields: What the page asks for above the button.
        """
        values = {"address": address, "name": self._templates.publication.name}
        title, note = _filled(title, values), _filled(note, values)
        return self._page("question", language, title=title, note=note, button=button, fields=fields)

    def notice(
        self, language: str, title: str, note: str, *, again: bool = False, archive: bool = False, **values: str
    ) -> str:
        """A page that reports what happened.

        With `again`, it links to the subscription form, with `archive`, to the archive.

        Placeholders in the note, such as `{address}`, are replaced by the value of that name.
        """
        return self._page("notice", language, title=title, note=_filled(note, values), again=again, archive=archive)

    def preferences(self, language: str, shown: PreferencesView) -> str:
        """Render a subscriber's preferences."""
        return self._page("preferences", language, title=self.labels[language].pages.preferences, shown=shown)

    def _page(self, template: str, language: str, **values: Any) -> str:
        return self._templates.fill(f"{template}.html", language, values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A label with its placeholders replaced; others stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
