"""Campaigns: an issue is sent to its audience, each subscriber once, whatever is stopped or killed on the way.

Start with `service`: `CampaignService` starts, resumes and runs campaigns. The parts, in the order of the data:

- `preflight` composes the message, runs the checks, sends the test, and refuses content that was not tested.
- `find_campaign` finds a campaign by what the author calls it; `git_commit` notes what an issue was sent from.
- `sending_lock` lets one process send; it gives out the only writer to the ledger.
- `sending` runs a campaign: `servers` opens the transports, `queue` and `pacing` choose the next recipient, one
  `sender` for each connection is a task of an asyncio event loop, `ledger_commits` makes claims and outcomes durable.
- `retry_policy` decides what an answer means; `tally` counts, and pauses a campaign that fails too often.
- `run_state` is what senders share, `stop` is the author's request to stop.
- `pause_and_cancel` works from another process; `campaign_reports` reads what became of each recipient.

The ledger itself, and the states of campaigns and deliveries, are in the `ledger` package.
"""
