"""Reports: what became of a campaign, and how the list grows.

- `campaign_report` reads the report on a campaign. `campaign_queries` are its queries, and `figures` compares its
  numbers with those of earlier campaigns. `report_warnings` says when something needs the author, and what to do.
- `growth` reads how many subscribers joined, confirmed and left in each week.
- `plots` draws both as SVG.

Reports are read, never stored. The command line and the dashboard show the same ones.
"""
