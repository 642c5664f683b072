"""The table of reply patterns: what servers write when they refuse a message, with the cause and the source of each.

- `pattern` defines a row, and matches rows with a reply.
- `mailbox_providers` contains Gmail, Microsoft, Yahoo, Apple, GMX and WEB.DE, Mail.ru, QQ and Comcast.
- `filters` contains Proofpoint, Mimecast and Barracuda.
- `mail_servers` contains Postfix, Exim, Sendmail, qmail, OpenSMTPD and dma.
- `wording` contains phrases that many servers share, and `vague` phrases that count only without a status.

To add a row, add an example to `tests/bounces/reply_examples.txt`; a test requires one for each row.
"""
