"""`newsletter add`: URLs become draft entries of an issue or of the inbox.

In the order in which data passes: `gather` collects links from arguments, files and feeds, which `inputs/` reads;
`landing_page` finds the page that describes a link; `fetch_entry` fetches it; `html_metadata` and `page_metadata`
read its metadata; `draft_entry` makes an entry, `section_rules` chooses its section, `page_image` fetches its image;
`collect` leaves out what is known already and writes the rest.

Start with `fetch_entry.py`.
"""
