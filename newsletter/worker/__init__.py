"""The worker: a long-running process that does what must be done without the author.

`worker` runs a thread for each duty until a signal stops it. `duty` is the loop of such a thread, `waiting` its waits.
`parts` chooses the duties of the only worker on a SQLite database. `shared_duties` chooses those of workers on
PostgreSQL, which share `jobs`. The duties:

- `schedules_duty` starts due schedules. `campaigns_duty` sends their campaigns.
- `mail_duty` sends transactional mail, and removes subscribers who did not confirm.
- `bounces_duty` reads the bounce mailbox.
"""
