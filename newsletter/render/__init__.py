"""`newsletter render`: an issue becomes finished texts.

In the order in which data passes: `renderer` reads the issue's images into `image_assets` and builds an `IssueView`
(`issue_view`) for each kind of output; `format` is the registry of formats, whose functions are in `email` (with
`inline_css`), `text_part` and `medium`; they fill `templates`, which `template_cache` keeps compiled; `merge_fields`
separates an author's braces from placeholders. `page_templates` is for the public pages
and transactional mail.

Start with `renderer.py`. docs/extending.md adds a format.
"""
