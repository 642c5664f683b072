"""Pure functions on text: Markdown, links, images and words.

Markdown passes these parts in this order:

- `markdown`: parses a text into the nodes of `tree`; `simple_markdown` reads most comments without the parser.
- `links`, `anchors`, `canonical_url`, `domains`, `email_address`, `private_hosts`: what links and addresses lead to.
- `markdown_html`, `plain_text`, `medium_markdown`: write a tree as HTML, text or Markdown; `wrapping` breaks lines.
- `images`, `web_images`: images for inboxes, and lighter copies for the archive.
- `entry_lines`: the lines of a published page that are an entry's title, source and credit.
- `languages`, `words`, `charset`, `digests`, `issue_numbers`: small parts that several packages share.

Start reading at `markdown.parse` and `tree`.
"""
