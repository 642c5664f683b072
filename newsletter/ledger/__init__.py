"""Store campaigns and the delivery to each recipient in the database: the ledger.

Start with `campaign`, which defines a campaign, its states and its transitions. The parts, in the order in which data
passes through them:

- `campaigns` creates campaigns with their deliveries, and finds and counts them.
- `deliveries` is used while sending. It reads pages of deliveries, claims them, and records their outcomes.
  `uncertain` reads those that are sent again.
- `leases` says which process may send which deliveries, in PostgreSQL.
- `welcomes` are the deliveries of welcome mail. `recipient_lock` keeps them and new campaigns apart.
- `final_counts` stores the counts of complete campaigns.
- `receipt_positions` is how far campaigns may have been sent; see `campaign.receipts`.
- `history` reads the ledger by subscriber. `sent_slugs` finds sent issues whose slug does not exist any more.

The states are enums in `database.states`, because the tables check them too.
"""
