"""Real agents against a real Plumbago: each test compares what is stored with the bytes that were sent."""
