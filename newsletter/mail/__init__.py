"""Composes messages, and sends transactional mail from a queue.

The parts, in the order in which a message passes:

1. `issue_mail` renders an issue and takes the header from the settings. `transactional` does the same for
   confirmation, already subscribed, welcome and data link.
2. `message` composes a `PreparedMessage`: encoded once (`quoted_printable`, `headers`), with slots for the values that
   differ between recipients (`byte_template`).
3. `PreparedMessage.to` fills the slots for one recipient. Links and the envelope sender contain `tokens` (`verp` for
   bounces), signed with the keys of `signing_keys`. `dkim` signs the message, with hashes of
   `dkim_hashes`.
4. Campaigns (`newsletter.campaign`) send issues. Transactional mail waits in a database table (`mail_queue`), and the
   threads of `queue_worker` send it. A welcome contains an issue, so it is also in the ledger (`welcome_mail`).

Start reading at `message.compose`, or for the queue at `queue_worker.MailQueueWorker`. This package does not depend on
the web pages, which call `mail_queue.request_mail`.
"""
