"""Schedules: an issue is sent at a time that the author gave, with the content that was checked then, or not at all.

- `local_time` reads local times and finds what they mean in UTC. `zones` finds time zones by their names.
- `schedules` is a schedule with its queries. `plan_schedule` checks, adds, finds, moves and cancels schedules.
- `start_due` starts the campaigns of due schedules, and pauses those that must not be sent.
- `reports` mails the author what was sent late or not at all.
- `listing` is a schedule as commands and the dashboard show it.

The worker (`newsletter.worker`) calls `start_due` and `reports`.
"""
