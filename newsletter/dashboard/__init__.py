"""The author's browser view of the issues (`newsletter preview`): live previews, checks, and editing.

In the order in which data passes: `dashboard_server` listens on this machine; `request_guard` refuses requests of
other web pages; `application` routes the rest. `watch_files` reports each change of the files to `file_changes`,
which wakes the browser. `issue_previews` renders an issue into an `IssuePreview` (`issue_preview`), and `framing`
adapts the outputs for the browser. `edit_actions` writes the author's edits into the YAML file. `page/` is the
browser's part.

Start with `application.py`.
"""
