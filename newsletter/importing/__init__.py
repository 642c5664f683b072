"""`newsletter import`: issues that were published elsewhere become YAML files.

In the order in which data passes: `export_files` opens a file, a folder or a zip; `registry` names the sources, and
a source in `sources/` yields a `PublishedPage` for each issue; `markdown_page` and `html_page` read its text into
`blocks`; `outline` finds the head, the highlights, the sections (`section_names`) and the foot; `read_entries` splits a
section into entries; `page_to_draft` makes a draft of it all, and `import_issue` writes the file and its images.

Start with `sources/buttondown.py` and `import_issue.py`. docs/extending.md adds a source.
"""
