"""`newsletter import`: converts issues that were published elsewhere to YAML files.

In the order in which data passes:

- `export_files`: opens an export, which is a file, a folder or a zip.
- `registry`, `issue_source`: list and describe the sources. A source in `sources/` yields a `PublishedPage` per issue.
- `markdown_page`, `html_page`: parse the text of a page into `blocks`. `html_tree` prepares HTML, and
  `machine_translation` cleans translated pages.
- `heading_lines`, `section_starts`, `outline`: find the head, the highlights, the sections (by `section_names`,
  `section_keywords` and `heading_numbers`) and the footer.
- `entry_starts`: finds where the entries of a section begin. `read_entries` assembles them.
- `page_to_draft`: creates the draft of the issue.
- `import_issue`: writes the file of the issue and its images.

Start reading at `sources.buttondown` and `import_issue`. docs/extending.md explains how to add a source.
"""
