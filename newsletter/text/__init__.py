"""Pure functions on text: Markdown, links, images and words.

Markdown passes these modules in this order:

- `markdown`: parses a text into the nodes of `tree`; `simple_markdown` parses simple texts faster.
- `typography`: sets the quotation marks, dashes and ellipses of a language; `quotation_marks` lists those.
- `links`, `anchors`, `canonical_url`, `domains`, `email_address`, `private_hosts`: links and addresses.
- `markdown_html`, `plain_text`, `medium_markdown`: write a tree as HTML, text or Markdown; `wrapping` wraps lines.
- `images`, `web_images`: convert images for email clients, and make smaller copies for the archive.
- `entry_lines`: recognises the title, source and credit of an entry in a published page; `entry_labels` its labels.
- `periods`, `venues`, `quantities`, `story_words`: find what texts name (times, conferences, numbers, subjects), and
  compare it.
- `placeholder_text`, `alternative_text`: tell placeholders and empty descriptions from what the author means.
- `redact`: removes addresses, tokens and query strings from texts for logs.
- `languages`, `words`, `charset`, `digests`, `issue_numbers`, `timestamps`: functions that several packages share.

Start reading at `markdown.parse` and `tree`.
"""
