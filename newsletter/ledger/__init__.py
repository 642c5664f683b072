"""The ledger: campaigns and the delivery of each recipient, in the database.

Start with `campaign`: a campaign, its states and the transitions between them. `campaigns` creates campaigns with
their deliveries, finds and counts them. `deliveries` is what sending uses: pages of deliveries to send, and a writer
that claims them and records their outcomes. `history` reads the ledger by subscriber. The states themselves are enums
in `database.states`, since the tables check them.
"""
