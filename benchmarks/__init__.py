"""Benchmarks of time, memory and size. Each compares newsletter with a baseline or another program in the same run.

`python -m benchmarks` runs them. Start reading with `__main__.py`, which lists the subjects, and `clock.py`, which
measures time.
"""
