"""`newsletter publish`: publish a finished issue on the web and by email, in steps that can be repeated.

The steps, in order: check the issue, build the archive as if the issue were published, run the author's deploy command,
verify that the pages are online, write `status: published`, send a test, and send the campaign. A step that is done is
skipped when the command runs again. Start with `steps.py`; `deploy.py` runs the deploy command, `verify.py` waits until
the pages are online, and `progress_file.py` remembers what was deployed, and what is on the web but not sent.
"""
