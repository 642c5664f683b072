"""`newsletter render`: render an issue to the email, its text part and the Medium story.

In the order in which data passes: `renderer` reads the issue's images into `image_assets` and builds an `IssueView`
(`issue_view`) for each kind of output. Its parts are in `entry_view`, `publication_view`, `issue_title`,
`section_labels` and `language_format`. `format` is the registry of formats. Their functions are in `email` (with
`inline_css`), `text_part` and `medium`. They fill `templates`, which `template_cache` keeps compiled. `merge_fields`
keeps braces in an author's text from becoming merge fields. `page_templates` fills the templates of the public pages
and of transactional mail.

Start with `renderer.py`. docs/extending.md adds a format.
"""
