"""Clicks on the links to an issue's entries, counted without anything about a reader.

`entry_links` names the entries of an issue and makes their links, and `destinations` finds where they lead. A request
for one is a `Click` from a `reader_network`; `programs` recognises those that are not of readers. The `counter` decides
in memory what it counts as, with a `counting_hour`. `store_counts` adds the counts of a process to the database, and
`read_counts` reads them for reports.

Start reading at `counter.ClickCounter`. docs/clicks.md has the rules, and docs/privacy.md what is stored.
"""
