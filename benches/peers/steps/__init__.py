"""The steps of a run, in their order. Each takes a session, and leaves its system as it found it: stopped."""
from steps.cold import cold
from steps.compact import compact
from steps.find import find
from steps.ingest import ingest
from steps.kill import kill
from steps.live import live
from steps.mixed import mixed
from steps.orders import orders
from steps.query import query

STEPS = {step.__name__: step for step in (ingest, orders, query, find, cold, compact, live, mixed, kill)}
