"""Plumbago killed and stopped while points pour in: what it had acknowledged must be there afterwards."""
