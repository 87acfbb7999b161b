"""The first oracle: answers that graphite-web gave once, kept beside this file, and Plumbago must agree.

`python3 -m conformance` in the folder above replays them; README.md says how they were recorded.
"""
