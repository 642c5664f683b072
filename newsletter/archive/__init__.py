"""`newsletter build`: build the web archive of published issues as static files.

In the order in which data passes: `build` compares the `sources` with the `build_cache` and stops if nothing has
changed. Otherwise `build_run` runs the build. `plan` sorts the issues. `encode_images` encodes the new images on all
cores; `pictures` knows all images. `issue_pages` renders each issue into an `IssueRecord` (`records`) and staged files,
in several `workers`. `collection_pages`, `tag_pages`, `feeds`, `sitemap` and `search_index` make the other files.
`search_index` has Pagefind index the issues in `search_groups`, which `search_merge` merges; `pagefind_format` and
`pagefind_reader` know Pagefind's files. `page_view` defines the values that templates can use, and `page_renderer`
fills the templates. `output_folder` moves all files into place with `file_moves`, and `build_report` is the result.
`dev_server` shows the built archive in a browser.

Start with `build.py` and `build_run.py`.
"""
