"""The second oracle: graphite-web itself answers random requests over random data, and Plumbago must agree.

`python3 -m oracle` in the folder above runs it; `--seed N --case K` repeats one request.
"""
