"""Alarms from points to what real programs receive."""
