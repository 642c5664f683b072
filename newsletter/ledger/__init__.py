"""Store campaigns and the delivery to each recipient in the database: the ledger.

Start with `campaign`, which defines a campaign, its states and its transitions. The parts, in the order in which data
passes through them:

- `sent_tests` records the test sends of an issue. `new_campaign` creates a campaign with its deliveries.
- `campaigns` finds campaigns, and `campaign_states` changes their state. `deliveries` counts and lists their
  deliveries, and `received` says who received an issue, or may have.
- `waiting_deliveries` reads the deliveries to send, in pages; `uncertain` those that are sent again.
- `ledger_writer` claims deliveries and records their outcomes, over a `ledger_connection`, with the SQL in
  `delivery_statements`.
- `leases` says which process may send which deliveries, in PostgreSQL. `leased_deliveries` are these deliveries, and
  `lease_state` is what the processes share.
- `welcomes` are the deliveries of welcome mail. `recipient_lock` keeps them and new campaigns apart.
- `final_counts` stores the counts of complete campaigns.
- `receipt_positions` is how far campaigns may have been sent; see `campaign.receipts`.
- `history` reads the ledger by subscriber. `sent_slugs` finds sent issues whose slug does not exist any more.

The states are enums in `database.states`, because the tables check them too.
"""
