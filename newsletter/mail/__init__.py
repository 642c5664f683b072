"""Messages, and the queue of transactional mail.

A message passes through these parts:

1. `issue_mail` renders an issue and takes the header from the settings; `transactional` does the same for confirmation,
   already subscribed, welcome and data link.
2. `message` composes both into a `PreparedMessage`: encoded once (`quoted_printable`, `headers`), with slots for what
   differs between recipients (`byte_template`).
3. `PreparedMessage.to` fills the slots for one recipient. Links and the envelope sender hold `tokens` (`verp` for
   bounces), signed with the keys of `signing_keys`; `dkim` signs the whole.
4. Campaigns (`newsletter.campaign`) send issues. Transactional mail waits in a table, `mail_queue`, and is sent by the
   threads of `queue_worker`.

Start reading at `message.compose`, or for the queue at `queue_worker.MailQueueWorker`. Nothing here knows the web
pages, which call `mail_queue.request_mail`.
"""
