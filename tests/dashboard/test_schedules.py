"""Schedules in the dashboard."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from newsletter.schedule.plan_schedule import Schedules
from newsletter.schedule.schedules import SchedulePlan, pause_schedule
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.dashboard.previewing import Preview


def test_open_schedules_are_listed_before_sending(page: Page, preview: Preview) -> None:
    """The dialog for the preflight lists what waits and what was not sent, with the reason."""
    workspace = Workspace(preview.root)
    with open_database(workspace) as database:
        schedules = Schedules(workspace, database)
        schedules.add(SchedulePlan("lens", "2126-12-06 09:00", "Asia/Tokyo", 7200, "a"), ("lens",))
        paused = schedules.add(SchedulePlan("first", "2026-01-02 09:00", "UTC", 7200, "b"), ("first",))
        cancelled = schedules.add(SchedulePlan("first", "2026-01-02 09:00", "UTC", 7200, "b", "tag:beta"), ("first",))
        schedules.cancel(cancelled)
        with database.write() as connection:
            pause_schedule(connection, paused, "its content has changed since it was scheduled")
    page.get_by_role("button", name="Preflight and test").click()
    expect(page.locator("#schedules li")).to_have_text(
        [
            "first: 2026-01-02 09:00 UTC, paused: its content has changed since it was scheduled",
            "lens: 2126-12-06 09:00 Asia/Tokyo, waiting",
        ]
    )
    if folder := os.environ.get("SHOTS"):
        for width in (390, 1200):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
                page.screenshot(path=Path(folder) / f"{scheme}-{width}.png")
