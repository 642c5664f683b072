"""Benchmarks of time, memory and size. Each compares newsletter with a baseline or another program in the same run.

`python -m benchmarks` runs them. `subjects.py` lists the subjects; each is a module with a function `measure`, which
yields figures (`figures.py`). `clock.py` measures time. A run (`results.py`) is stored in `results.json`, its ratios in
`history.jsonl` (`history.py`), and `page.py` writes them into the documents.
"""
