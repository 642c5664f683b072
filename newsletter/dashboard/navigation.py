"""The navigation between the views of the dashboard, which is in the top line of each page."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A view of the dashboard and its path."""

    title: str
    path: str


ISSUES = NavigationLink("Issues", "/")
CAMPAIGNS = NavigationLink("Campaigns", "/campaigns")
SUBSCRIBERS = NavigationLink("Subscribers", "/subscribers")
DELIVERABILITY = NavigationLink("Deliverability", "/deliverability")
SCHEDULE = NavigationLink("Schedule", "/schedule")
NAVIGATION = (ISSUES, CAMPAIGNS, SUBSCRIBERS, DELIVERABILITY, SCHEDULE)


def navigation_html(current: NavigationLink) -> str:
    """Return the links to all views as HTML. That of the current view is marked."""
    links = (
        f'<a href="{escape(link.path)}"{" aria-current=page" if link is current else ""}>{escape(link.title)}</a>'
        for link in NAVIGATION
    )
    return f'<nav class="navigation" aria-label="Dashboard">{" ".join(links)}</nav>'
