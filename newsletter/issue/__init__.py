"""An issue: its model, its YAML file, and every edit of that file.

- `model`: a complete issue, its sections and its entries.
- `issue_file`: reads one issue and reports all its problems at once. `json_schema` describes the file to editors.
- `declared_sections`: compares an issue's sections with those of its publication.
- `issue_list`: lists the issues of a folder by date. `head` is what it reads of each, and `known_heads` what earlier
  commands read. `link_index` finds their links and highlights, with a cache.
- `draft`, `draft_document`: an issue or an entry that may be incomplete. `draft_yaml` writes it.
- `scaffold`, `digest_issue`: plan a new issue, either empty or compiled from earlier ones. `inbox` moves collected
  entries into a new issue.
- `add_entries`, `move_entry`, `section_edits`, `edit_field`, `edit_status`: pure functions that edit a file's text.

Start reading at `issue_file.read_issue`; for edits, at `add_entries.with_entries`.
"""
