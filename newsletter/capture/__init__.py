"""`newsletter add`: adds URLs as draft entries to an issue or to the inbox.

In the order in which data passes:

- `gather`: collects links from arguments, files and feeds. `inputs/` parses the formats.
- `collect`: skips known links, captures the others, and writes the entries.
- `fetch_entry`: captures one link, with the help of the following modules.
- `landing_page`: finds the page that describes a link, such as the abstract page of a PDF.
- `html_metadata`, `page_metadata`: read the metadata of the page. `clean_text` cleans it.
- `draft_entry`, `section_rules`, `page_image`: create the entry, choose its section, and fetch its image.

Start reading at `fetch_entry.capture`.
"""
