"""An issue: its model, its YAML file, and every edit of that file.

- `model`: an issue, its sections and entries, as a complete file has them.
- `issue_file`: reads one issue, with all its problems at once; `json_schema` describes the file to editors.
- `issue_list`: the issues of a folder by date; `link_index` finds their links and highlights, with a cache.
- `draft`, `draft_document`: an issue or an entry that may be incomplete; `draft_yaml` writes it.
- `scaffold`, `digest_issue`: plan a new issue, empty or made of earlier ones; `inbox` holds entries without an issue.
- `add_entries`, `move_entry`, `section_edits`, `edit_field`, `edit_status`: edits of a file's text as pure functions.

Start reading at `issue_file.read_issue`; for edits, at `add_entries.with_entries`.
"""
