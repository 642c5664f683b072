"""`newsletter build`: the archive of published issues as static files.

In the order in which data passes: `build` compares the `sources` with the `build_cache` and stops where nothing
changed; `build_run` is a build with something to do. `plan` puts the issues in order; `issue_pages` renders each one
into an `IssueRecord` (`records`) and staged files, in several `workers`; `collection_pages`, `tag_pages`, `feeds`,
`sitemap` and `search_index` make the rest, with `page_view` as what templates see and `page_renderer` to fill them;
`output_folder` moves all files into place with `file_moves`, and `build_report` says what was done. `dev_server`
shows the result.

Start with `build.py` and `build_run.py`.
"""
