"""Campaigns: send an issue to its audience, once to each subscriber, even if the process is stopped or killed.

Start reading at `starting`, `resuming` and `running`, which start, resume and run campaigns. `ending` is what follows a
run. The parts, in the order in which data passes:

- `preparation` composes the message, sends tests, and makes the issue a candidate for the preflight.
- `find_campaign` finds a campaign by an issue or a number. `git_commit` finds the commit of an issue.
- `sent_slugs_cache` keeps the slugs of sent issues for `newsletter build`; see `ledger/sent_slugs`.
- `sending_lock` allows one process to send, or several in PostgreSQL, and gives each its writer to the ledger.
- `receipts` are files that show how far a campaign may have been sent. `receipt_writer` keeps them ahead of the ledger,
  and `receipt_check` refuses and adopts a ledger that is behind them.
- `shared_campaign` and `shared_pages` lease recipients if several processes may send the campaign. `own_lease` is the
  lease of this process, and `coordinator` what it does for all. They recognise each other by `worker_identity`.
- `sending` runs a campaign. `servers` opens the transports. `queue` and `pacing` choose the next recipient. A `sender`
  for each connection is a task of an asyncio event loop. `ledger_commits` makes claims and outcomes durable. `threads`
  opens connections without blocking the event loop.
- `retry_policy` decides what follows from an answer. `tally` counts, and pauses a campaign that fails too often.
- `retried` are the uncertain deliveries that are sent again.
- `run_state` is the state that senders share. `stop` is the author's request to stop;
  `record_stop` waits for the database to record it.
- `pause_and_cancel` works from another process. `campaign_reports` reads the state of each delivery, and
  `campaign_listing` is a campaign as commands and the dashboard list it.

The ledger itself, and the states of campaigns and deliveries, are in the `ledger` package.
"""
