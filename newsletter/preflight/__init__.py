"""The preflight: everything that is checked before a campaign may start.

Start with `run.py`: it runs the checks in the order of its list and returns a `PreflightReport`. A check is a function
that takes a `Candidate` (`candidate.py`: the issue with its message and its audience) and yields a `Diagnosis`
(`diagnosis.py`). `settings` runs those on `newsletter.yaml` alone, which `newsletter doctor` and `newsletter publish`
use too: `placeholders`, `sender_domains`, `unsubscribing` and `transport`. `issue_checks`, `issue_date`, `sent_links`,
`audience` and `tested` check the issue and the database. `online` requests the images and pages that readers open.
"""
