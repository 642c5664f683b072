"""The author's browser view (`newsletter dashboard`): live previews, checks and editing of issues, and other views.

In the order in which data passes:

1. `dashboard_server` listens on this machine; `request_guard` rejects requests from other web pages; `application`
   routes the rest.
2. `watch_files` reports each change of the files to `file_changes`, which notifies the browser.
3. `issue_previews` renders an issue into an `IssuePreview` (`issue_preview`). `render_draft` does so whatever is
   missing: `readable_yaml` leaves out lines that cannot be parsed, and `placeholders` fills the gaps. `framing` adapts
   the outputs for frames.
4. `page/` is the web page, whose script starts in `dashboard.js`. `edit_actions` writes the author's edits into the
   YAML file, `merge_edits` merges them with changes of the file meanwhile, `edit_history` undoes them, `add_link`
   adds links, `inbox_entries` takes entries from the inbox, `image_files` stores images, and `publication_actions`
   starts issues, runs the preflight and sends tests.

The other views are in `views`, one module each. `navigation` is the links between all views. `live_updates` tells a
page of changes in the database, and `sending_processes` are the processes that send campaigns for the dashboard.

In a folder without a publication, `publication_setup` serves another page first, which creates one.

Start reading at `application.application`.
"""
