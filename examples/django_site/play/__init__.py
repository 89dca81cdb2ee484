"""The demo's driver: starts the site, plays the six failures over HTTP, counts, reports.

`run.py` is the order of things; `phases/` plays one failure each; `judge.py` counts, and knows
neither HTTP nor time; `table.py`, `page.py` and `plots.py` show what was counted.
"""
